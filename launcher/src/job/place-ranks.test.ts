import { describe, expect, it } from "@jest/globals";
import { type HostPlace } from "../hosts/place-on-hosts.js";
import { placeRanks } from "./place-ranks.js";

const onOne = (size: number): HostPlace<string>[] => [{ host: "a", firstRank: 0, localSize: size }];

describe("placeRanks", () => {
  it("puts ranks where they were planned, unless a test pretends that there are several", () => {
    expect(placeRanks(onOne(3), {})).toEqual([0, 0, 0]);
    const onTwo = [...onOne(2), { host: "b", firstRank: 2, localSize: 1 }];
    expect(placeRanks(onTwo, {})).toEqual([0, 0, 1]);
    expect(placeRanks(onOne(4), { KOLO_PRETEND_HOSTS: "3,1" })).toEqual([0, 0, 0, 1]);
  });

  it.each(["2,1", "4,0", "x,3", "1e9"])("refuses to pretend %s for four ranks", (text) => {
    expect(() => placeRanks(onOne(4), { KOLO_PRETEND_HOSTS: text })).toThrow(/KOLO_PRETEND_HOSTS/);
  });
});
