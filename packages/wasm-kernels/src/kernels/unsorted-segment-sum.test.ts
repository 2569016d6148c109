import { beforeAll, describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { expectSame } from "../testing/expect-same.js";
import { runOnWasm, startBackends } from "../testing/run-kernel-on.js";
import { integers, seeds } from "../testing/values.js";

beforeAll(startBackends);

const given = fc
  .record({
    rows: fc.integer({ min: 1, max: 40 }),
    columns: fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 2 }),
    numSegments: fc.integer({ min: 1, max: 9 }),
    seed: seeds,
  })
  .map(({ rows, columns, numSegments, seed }) => ({
    x: integers([rows, ...columns], seed),
    // From -8 to 8: some are outside of what there is.
    segmentIds: integers([rows], seed + 1, "int32"),
    attrs: { numSegments },
  }));

describe("UnsortedSegmentSum", () => {
  it("equals cpu's, rows outside of all segments left out", () => {
    fc.assert(
      fc.property(given, ({ x, segmentIds, attrs }) => {
        expectSame("UnsortedSegmentSum", { x, segmentIds }, attrs);
      }),
    );
  });

  it("sums integers to integers, where cpu makes them float32", () => {
    fc.assert(
      fc.property(given, ({ x, segmentIds, attrs }) => {
        const sums = runOnWasm("UnsortedSegmentSum", { x, segmentIds }, attrs);
        const integersOfX = { ...x, dtype: "int32" as const };
        expect(runOnWasm("UnsortedSegmentSum", { x: integersOfX, segmentIds }, attrs)).toEqual({
          ...sums,
          dtype: "int32",
        });
      }),
    );
  });

  it("keeps a NaN in its segment, where cpu spreads it over all", () => {
    const x = { shape: [3], dtype: "float32" as const, values: [1, NaN, 3] };
    const segmentIds = { shape: [3], dtype: "int32" as const, values: [0, 1, 0] };
    const { values } = runOnWasm("UnsortedSegmentSum", { x, segmentIds }, { numSegments: 2 });
    expect(values).toEqual([4, NaN]);
  });
});
