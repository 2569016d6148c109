import { describe, expect, it } from "@jest/globals";
import { placeRanks } from "./place-ranks.js";

describe("placeRanks", () => {
  it("puts all ranks on one host, unless a test pretends that there are several", () => {
    expect(placeRanks(3, {})).toEqual([0, 0, 0]);
    expect(placeRanks(4, { KOLO_PRETEND_HOSTS: "3,1" })).toEqual([0, 0, 0, 1]);
  });

  it.each(["2,1", "4,0", "x,3", "1e9"])("refuses to pretend %s for four ranks", (text) => {
    expect(() => placeRanks(4, { KOLO_PRETEND_HOSTS: text })).toThrow(/KOLO_PRETEND_HOSTS/);
  });
});
