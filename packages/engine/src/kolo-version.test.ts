import { describe, expect, it } from "@jest/globals";
import { koloVersion, refuseOtherVersion } from "./kolo-version.js";

describe("the version of kolo", () => {
  it("is that of the package", () => {
    expect(koloVersion()).toMatch(/^\d+\.\d+\.\d+/);
  });

  it("must be the same where the script imports kolo and where tsrun comes from", () => {
    refuseOtherVersion("1.2.3", "1.2.3");
    expect(() => {
      refuseOtherVersion("1.2.3", "1.3.0");
    }).toThrow(/\[config_invalid\] expected .* tsrun, 1\.2\.3, got 1\.3\.0; .*--no-install tsrun/);
    expect(() => {
      refuseOtherVersion(undefined, "1.3.0");
    }).toThrow("config_invalid");
  });
});
