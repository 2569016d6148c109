import { describe, expect, it } from "@jest/globals";
import { lineFormatter, rankPrefix, wantsColor } from "./line-format.js";

const lines = ["one\n", "two\r\n", "three\r", "four"].map((line) => Buffer.from(line));

describe("lineFormatter", () => {
  it("leaves rank 0's lines as they are", () => {
    const format = lineFormatter({ rank: 0, color: true, now: undefined });
    expect(format(lines).toString()).toBe("one\ntwo\r\nthree\rfour");
  });

  it("puts the rank before other ranks' lines, and ends every one", () => {
    const format = lineFormatter({ rank: 12, color: false, now: undefined });
    expect(format(lines).toString()).toBe("[12] one\n[12] two\n[12] three\n[12] four\n");
  });

  it("puts the time first, on rank 0 too", () => {
    const now = (): number => 1_700_000_000_123;
    const time = "2023-11-14T22:13:20.123Z";
    const own = lineFormatter({ rank: 0, color: false, now });
    expect(own([Buffer.from("a\n")]).toString()).toBe(`${time} a\n`);
    const other = lineFormatter({ rank: 1, color: false, now });
    expect(other([Buffer.from("a\n")]).toString()).toBe(`${time} [1] a\n`);
  });

  it("gives neighbouring ranks different colours", () => {
    const colors = Array.from({ length: 10 }, (_, rank) =>
      rankPrefix(rank + 1, true).replace(/\d+\]/, ""),
    );
    expect(new Set(colors).size).toBe(10);
    expect(rankPrefix(11, true)).toBe(rankPrefix(1, true).replace("1]", "11]"));
  });
});

describe("wantsColor", () => {
  it("is for terminals, unless the environment says otherwise", () => {
    expect(wantsColor({ isTTY: true }, {})).toBe(true);
    expect(wantsColor({}, {})).toBe(false);
    expect(wantsColor({ isTTY: true }, { NO_COLOR: "1" })).toBe(false);
    expect(wantsColor({ isTTY: true }, { NO_COLOR: "" })).toBe(true);
    expect(wantsColor({ isTTY: true }, { TERM: "dumb" })).toBe(false);
    expect(wantsColor({}, { FORCE_COLOR: "1" })).toBe(true);
    expect(wantsColor({ isTTY: true }, { FORCE_COLOR: "0" })).toBe(false);
  });
});
