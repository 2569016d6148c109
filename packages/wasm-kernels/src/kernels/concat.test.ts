import { beforeAll, describe, it } from "@jest/globals";
import * as fc from "fast-check";
import { expectSame } from "../testing/expect-same.js";
import { startBackends } from "../testing/run-kernel-on.js";
import { anyType, dtypes, seeds, shapes } from "../testing/values.js";

beforeAll(startBackends);

const given = shapes
  .filter(({ length }) => length > 0)
  .chain((shape) =>
    fc.record({
      shape: fc.constant(shape),
      axis: fc.nat(shape.length - 1),
      dtype: dtypes,
      seed: seeds,
    }),
  );

describe("Concat", () => {
  it("equals cpu's for one to four tensors, empty ones among them", () => {
    const sizes = fc.array(fc.nat(9), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(given, sizes, ({ shape, axis, dtype, seed }, counts) => {
        const inputs = counts.map((size, i) => anyType(shape.with(axis, size), seed + i, dtype));
        expectSame("Concat", inputs, { axis });
      }),
    );
  });
});

describe("Pack", () => {
  it("equals cpu's along any axis", () => {
    const counts = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(given, counts, ({ shape, axis, dtype, seed }, count) => {
        const inputs = Array.from({ length: count }, (_, i) => anyType(shape, seed + i, dtype));
        for (const at of [axis, shape.length, -1]) expectSame("Pack", inputs, { axis: at });
      }),
    );
  });
});
