import { beforeAll, describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { expectClose, expectSame } from "../testing/expect-same.js";
import { runOnCpu, runOnWasm, startBackends, type Values } from "../testing/run-kernel-on.js";
import { integers, seeds, sizeOf, withSpecials } from "../testing/values.js";

beforeAll(startBackends);

/** Around the sizes of a tile (4 × 8) and of a block of rows (64). */
const sizes = fc.constantFrom(1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 66);

const products = fc
  .record({
    m: sizes,
    k: fc.oneof({ weight: 9, arbitrary: sizes }, { weight: 1, arbitrary: fc.constant(0) }),
    n: sizes,
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
    batches: fc.constantFrom<[number[], number[]]>(
      [[], []],
      [[1], [1]],
      [[3], [3]],
      [
        [2, 2],
        [2, 2],
      ],
      [[3], [1]],
      [[1], [3]],
      [[3], []],
      [[0], [0]],
    ),
    seed: seeds,
  })
  .map(({ m, k, n, transposeA, transposeB, batches: [left, right], seed }) => ({
    a: [...left, ...(transposeA ? [k, m] : [m, k])],
    b: [...right, ...(transposeB ? [n, k] : [k, n])],
    m,
    n,
    attrs: { transposeA, transposeB },
    seed,
  }));

describe("BatchMatMul", () => {
  it("equals cpu's for any sizes, transposes and batches, one matrix against many included", () => {
    fc.assert(
      fc.property(products, ({ a, b, attrs, seed }) => {
        expectSame("BatchMatMul", { a: integers(a, seed), b: integers(b, seed + 1) }, attrs);
      }),
    );
  });

  it("carries NaN and infinities as cpu does", () => {
    fc.assert(
      fc.property(products, ({ a, b, attrs, seed }) => {
        const inputs = { a: withSpecials(a, seed), b: integers(b, seed + 1) };
        expectSame("BatchMatMul", inputs, attrs);
      }),
    );
  });

  it("multiplies integers, to the last bit where float32 has fewer", () => {
    const large = (shape: readonly number[], seed: number): Values => {
      const { values, ...rest } = integers(shape, seed, "int32");
      return { ...rest, values: values.map((value) => value * 2097151 + 1) };
    };
    fc.assert(
      fc.property(products, ({ a, b, attrs, seed }) => {
        const inputs = { a: large(a, seed), b: integers(b, seed + 1, "int32") };
        expectSame("BatchMatMul", inputs, attrs);
      }),
      { numRuns: 20 },
    );
  });

  it("takes each matrix against each where both sides broadcast", () => {
    const a = integers([2, 1, 3, 5], 1);
    const b = integers([1, 4, 5, 6], 2);
    const each = runOnWasm("BatchMatMul", { a, b }, { transposeA: false, transposeB: false });
    expect(each.shape).toEqual([2, 4, 3, 6]);
    for (let i = 0; i < 8; i++) {
      const left = matrix(a, Math.floor(i / 4));
      const right = matrix(b, i % 4);
      const one = runOnCpu("BatchMatMul", { a: left, b: right }, {});
      expect(matrix(each, i)).toEqual(one);
    }
  });
});

/** Number `index` of the matrices in a tensor. */
function matrix({ shape, dtype, values }: Values, index: number): Values {
  const own = shape.slice(-2);
  const size = sizeOf(own);
  return { shape: own, dtype, values: values.slice(index * size, (index + 1) * size) };
}

describe("_FusedMatMul", () => {
  const fused = fc
    .record({
      product: products,
      activation: fc.constantFrom("linear", "relu", "relu6", "leakyrelu", "prelu"),
      bias: fc.constantFrom("none", "each column", "one value", "one row", "each element"),
      hasSpecials: fc.boolean(),
    })
    // tfjs calls it with three dimensions only, and batches that are equal.
    .filter(({ product: { a, b } }) => a.length === 3 && a[0] === b[0])
    // tfjs' own activations, which take over where the inner loop cannot, make a zero of a NaN.
    .map(({ hasSpecials, ...rest }) => {
      const isOurs = /^(linear|relu6?)$/.test(rest.activation) && /none|column/.test(rest.bias);
      return { ...rest, hasSpecials: hasSpecials && isOurs };
    });

  it("adds a bias and activates as cpu does", () => {
    fc.assert(
      fc.property(fused, ({ product, activation, bias, hasSpecials }) => {
        const { a, b, m, n, attrs, seed } = product;
        const biasShapes: Partial<Record<typeof bias, number[]>> = {
          "each column": [n],
          "one value": [1],
          "one row": [1, n],
          "each element": [m, n],
        };
        const biasShape = biasShapes[bias];
        const inputs = {
          a: (hasSpecials ? withSpecials : integers)(a, seed),
          b: integers(b, seed + 1),
          bias: biasShape && integers(biasShape, seed + 2),
          preluActivationWeights: activation === "prelu" ? integers([n], seed + 3) : undefined,
        };
        expectSame("_FusedMatMul", inputs, { ...attrs, activation, leakyreluAlpha: 0.5 });
      }),
    );
  });

  it("rounds elu and sigmoid a little differently than cpu", () => {
    const inputs = {
      a: integers([1, 5, 7], 1),
      b: integers([1, 7, 9], 2),
      bias: integers([9], 3),
    };
    for (const activation of ["elu", "sigmoid"]) {
      const attrs = { transposeA: false, transposeB: false, activation };
      const expected = runOnCpu("_FusedMatMul", inputs, attrs);
      expectClose(runOnWasm("_FusedMatMul", inputs, attrs), expected, 1e-5);
    }
  });
});
