import { describe, expect, it } from "@jest/globals";
import { basename, dirname } from "node:path";
import { findScript } from "./find-script.js";

describe("findScript", () => {
  it("gives an absolute path", () => {
    expect(findScript(basename(__filename), dirname(__filename))).toBe(__filename);
  });

  it("refuses what is not there, and folders", () => {
    expect(() => findScript("train.ts", "/nowhere")).toThrow("script not found: /nowhere/train.ts");
    expect(() => findScript(".", "/")).toThrow("expected a script, got a folder: /");
  });
});
