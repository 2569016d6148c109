import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { formatBytes, parseBytes } from "./bytes.js";

describe("sizes", () => {
  it.each([
    ["4KiB", 4096],
    ["25 MiB", 25 * 2 ** 20],
    ["100", 100],
    ["12B", 12],
    ["1GiB", 2 ** 30],
  ])("%s is %i bytes", (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each(["", "4KB", "MiB", "-1", "1.5MiB", "1e3", "4 KiB 5"])("%p is none", (text) => {
    expect(parseBytes(text)).toBeUndefined();
  });

  it("are read as they were written", () => {
    fc.assert(
      fc.property(fc.nat(2 ** 30), (bytes) => {
        expect(parseBytes(formatBytes(bytes))).toBe(bytes);
      }),
    );
  });
});
