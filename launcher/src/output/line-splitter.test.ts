import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { LineSplitter } from "./line-splitter.js";

function split(chunks: readonly Buffer[], maxLineBytes?: number): string[] {
  const splitter = new LineSplitter(maxLineBytes);
  const lines = chunks.flatMap((chunk) => splitter.push(chunk));
  return [...lines, ...splitter.end()].map((line) => line.toString("utf8"));
}

function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length];
  sorted.sort((a, b) => a - b);
  return sorted.slice(1).map((end, index) => bytes.subarray(sorted[index], end));
}

const text = fc
  .array(
    fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("\n", "\r", "\r\n", "ж", "🎺", "é")),
  )
  .map((parts) => parts.join(""));
const places = fc.array(fc.nat(), { maxLength: 20 });

describe("LineSplitter", () => {
  it("gives the same lines however the bytes arrive", () => {
    fc.assert(
      fc.property(text, places, fc.integer({ min: 4, max: 40 }), (whole, cuts, maxLineBytes) => {
        const bytes = Buffer.from(whole);
        expect(split(cut(bytes, cuts), maxLineBytes)).toEqual(split([bytes], maxLineBytes));
      }),
    );
  });

  it("splits at every line end and nowhere else, and loses nothing", () => {
    fc.assert(
      fc.property(text, places, (whole, cuts) => {
        const expected = whole.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+$/g) ?? [];
        expect(split(cut(Buffer.from(whole), cuts))).toEqual(expected);
      }),
    );
  });

  it("cuts a line that is too long, never inside a character", () => {
    fc.assert(
      fc.property(text, places, fc.integer({ min: 4, max: 40 }), (whole, cuts, maxLineBytes) => {
        const pieces = split(cut(Buffer.from(whole), cuts), maxLineBytes);
        expect(pieces.join("")).toBe(Buffer.from(whole).toString("utf8"));
        for (const piece of pieces) {
          const bytes = Buffer.byteLength(piece.replace(/[\r\n]+$/, ""));
          expect(bytes).toBeLessThanOrEqual(maxLineBytes);
        }
      }),
    );
  });

  it("keeps a line until its end has come", () => {
    const splitter = new LineSplitter();
    expect(splitter.push(Buffer.from("ab"))).toEqual([]);
    expect(splitter.push(Buffer.from("c\r"))).toEqual([]);
    expect(splitter.push(Buffer.from("\nd\re")).map(String)).toEqual(["abc\r\n", "d\r"]);
    expect(splitter.end().map(String)).toEqual(["e"]);
    expect(splitter.end()).toEqual([]);
  });

  it("passes bytes that are no UTF-8 as they are", () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x0a, 0x80, 0xc3, 0x0a]);
    const splitter = new LineSplitter(4);
    expect(Buffer.concat([...splitter.push(bytes), ...splitter.end()])).toEqual(bytes);
  });
});
