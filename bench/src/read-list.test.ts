import { describe, expect, it } from "@jest/globals";
import { readBytes, readChoices, readSizes } from "./read-list.js";

describe("the command line", () => {
  it("reads sizes", () => {
    expect(readBytes("4KiB, 25 MiB,100")).toEqual([4096, 25 * 2 ** 20, 100]);
    expect(() => readBytes("4KiB,4KB")).toThrow(/25MiB, got "4KB"/);
  });

  it("reads lists of ranks and of names, and says what it expected", () => {
    expect(readSizes("2, 4")).toEqual([2, 4]);
    expect(() => readSizes("2,x")).toThrow(/such as 1,2, got "2,x"/);
    expect(readChoices("gloo,openmpi", ["gloo", "openmpi"])).toEqual(["gloo", "openmpi"]);
    expect(() => readChoices("mpi", ["gloo", "openmpi"])).toThrow(/expected gloo, openmpi/);
  });
});
