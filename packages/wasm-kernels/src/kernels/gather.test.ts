import { beforeAll, describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { expectSame } from "../testing/expect-same.js";
import { runOnWasm, startBackends, type Values } from "../testing/run-kernel-on.js";
import { integers, seeds } from "../testing/values.js";

beforeAll(startBackends);

const sizes = fc.integer({ min: 1, max: 5 });

const gathers = fc
  .record({
    before: fc.array(sizes, { maxLength: 2 }),
    size: sizes,
    after: fc.array(sizes, { maxLength: 2 }),
    batchDims: fc.nat(2),
    chosen: fc.array(sizes, { minLength: 1, maxLength: 2 }),
    dtype: fc.constantFrom<Values["dtype"]>("float32", "int32"),
    seed: seeds,
  })
  .filter(({ before, batchDims }) => batchDims <= before.length)
  .map(({ before, size, after, batchDims, chosen, dtype, seed }) => {
    const shape = [...before.slice(0, batchDims), ...chosen];
    const { values } = integers(shape, seed + 1);
    const indices = { shape, dtype: "int32" as const, values: values.map((v) => (v + 8) % size) };
    const x = integers([...before, size, ...after], seed, dtype);
    return { inputs: { x, indices }, attrs: { axis: before.length, batchDims } };
  });

describe("GatherV2", () => {
  it("equals cpu's along any axis, with batch dimensions as well", () => {
    fc.assert(
      fc.property(gathers, ({ inputs, attrs }) => {
        expectSame("GatherV2", inputs, attrs);
      }),
    );
  });

  it("is right where its result makes the heap grow", () => {
    const count = 5e6;
    const indices = {
      shape: [1, count],
      dtype: "int32" as const,
      values: Array<number>(count).fill(0),
    };
    const x = { shape: [1, 2], dtype: "float32" as const, values: [5, 7] };
    const { values } = runOnWasm("GatherV2", { x, indices }, { axis: 1, batchDims: 1 });
    expect(values.length).toBe(count);
    expect([values[0], values[count - 1]]).toEqual([5, 5]);
  });

  it("names an index that is not there", () => {
    const indices = { shape: [2, 1], dtype: "int32" as const, values: [0, 3] };
    const run = () =>
      runOnWasm("GatherV2", { x: integers([2, 3], 1), indices }, { axis: 1, batchDims: 1 });
    expect(run).toThrow("GatherV2: the index value 3 is not in [0, 2]");
  });
});
