import { describe, expect, it } from "@jest/globals";
import { absent, spanKinds, traceField, traceFieldCount } from "@kolo/core";
import * as fc from "fast-check";
import { TrackReader, trackBytes, type TrackMemory, TrackWriter } from "./track.js";

function trackMemory(capacity: number, byteOffset = 0): TrackMemory {
  return { buffer: new SharedArrayBuffer(byteOffset + trackBytes(capacity)), byteOffset, capacity };
}

/** Writes the numbers from `from` on, each in every field of a record of its own. */
function write(writer: TrackWriter, from: number, count: number): void {
  for (let n = from; n < from + count; n++) writer.write("hop", n, n + 0.5, n, n, n, n, n);
}

/** Behind something else, which stays. */
function recordsOf(reader: TrackReader): Float64Array {
  const into = new Float64Array(3 + 8 * traceFieldCount).fill(9);
  const end = 3 + reader.read(into, 3) * traceFieldCount;
  expect([...into.subarray(0, 3)]).toEqual([9, 9, 9]);
  return into.subarray(3, end);
}

/** The numbers that come out, having checked that no record is a mixture of two. */
function read(reader: TrackReader): { numbers: number[]; dropped: number } {
  const before = reader.dropped;
  const records = recordsOf(reader);
  const dropped = reader.dropped - before;
  const numbers: number[] = [];
  for (let at = 0; at < records.length; at += traceFieldCount) {
    const n = records[at + traceField.fromUs] ?? NaN;
    expect([...records.subarray(at, at + traceFieldCount)]).toEqual([
      spanKinds.indexOf("hop"),
      n,
      n + 0.5,
      n,
      n,
      n,
      n,
      n,
    ]);
    numbers.push(n);
  }
  return { numbers, dropped };
}

const range = (from: number, end: number): number[] =>
  Array.from({ length: end - from }, (_, i) => from + i);

describe("a track", () => {
  it("gives every record once, in order, whatever was written between two reads", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(7), { maxLength: 30 }), (portions) => {
        const memory = trackMemory(8, 64);
        const writer = new TrackWriter(memory);
        const reader = new TrackReader(memory);
        let next = 0;
        for (const count of portions) {
          write(writer, next, count);
          expect(read(reader)).toEqual({ numbers: range(next, next + count), dropped: 0 });
          next += count;
        }
      }),
    );
  });

  it("drops the oldest when it is full, and counts all it drops", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(40), { maxLength: 20 }), (portions) => {
        const capacity = 8;
        const memory = trackMemory(capacity);
        const writer = new TrackWriter(memory);
        const reader = new TrackReader(memory);
        let next = 0;
        for (const count of portions) {
          write(writer, next, count);
          const { numbers, dropped } = read(reader);
          next += count;
          expect(numbers.length + dropped).toBe(count);
          // The place the writer comes to next is given up with the rest.
          expect(numbers).toEqual(range(next - Math.min(count, capacity - 1), next));
        }
      }),
    );
  });

  it("has what was written before its reader came", () => {
    const memory = trackMemory(8);
    write(new TrackWriter(memory), 0, 5);
    expect(read(new TrackReader(memory)).numbers).toEqual(range(0, 5));
  });

  it("goes on where an earlier writer ended", () => {
    const memory = trackMemory(8);
    const reader = new TrackReader(memory);
    write(new TrackWriter(memory), 0, 3);
    write(new TrackWriter(memory), 3, 3);
    expect(read(reader).numbers).toEqual(range(0, 6));
  });

  it("hands over copies, which later records do not change", () => {
    const memory = trackMemory(8);
    const writer = new TrackWriter(memory);
    const reader = new TrackReader(memory);
    write(writer, 0, 6);
    const records = recordsOf(reader);
    write(writer, 6, 8);
    expect(records.filter((_, i) => i % traceFieldCount === traceField.step)).toEqual(
      Float64Array.from(range(0, 6)),
    );
    expect(read(reader)).toEqual({ numbers: range(7, 14), dropped: 1 });
  });

  it("knows records without an operation", () => {
    const memory = trackMemory(8);
    const writer = new TrackWriter(memory);
    writer.write("compute", 1, 2, absent, 7, absent, absent, absent);
    expect([...recordsOf(new TrackReader(memory))]).toEqual([
      spanKinds.indexOf("compute"),
      1,
      2,
      absent,
      7,
      absent,
      absent,
      absent,
    ]);
  });
});
