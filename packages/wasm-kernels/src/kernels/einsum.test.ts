import { beforeAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { runOnWasm, startBackends, type Values } from "../testing/run-kernel-on.js";
import { integers, seeds } from "../testing/values.js";

beforeAll(startBackends);

const names = ["a", "b", "c", "d", "e"];
const sizes = fc.tuple(...names.map(() => fc.integer({ min: 1, max: 5 })));
const terms = fc.shuffledSubarray(names);

/** Any equation of one or two operands that tfjs allows, and operands for it. */
const sums = fc
  .record({
    left: terms,
    right: fc.option(terms, { nil: undefined }),
    order: fc.shuffledSubarray(names, { minLength: names.length }),
    kept: fc.subarray(names),
    sizes,
    seed: seeds,
  })
  .map(({ left, right, order, kept, sizes: lengths, seed }) => {
    const output = order.filter(
      (name) => kept.includes(name) && (left.includes(name) || right?.includes(name)),
    );
    const operand = (term: readonly string[], offset: number) =>
      integers(
        term.map((name) => lengths[names.indexOf(name)] ?? 1),
        seed + offset,
      );
    return {
      equation: `${left.join("")}${right ? `,${right.join("")}` : ""}->${output.join("")}`,
      operands: [operand(left, 0), ...(right ? [operand(right, 1)] : [])],
      dims: { left, right, output },
      lengths,
    };
  });

const inputsOf = (operands: readonly Values[]) => Object.fromEntries(operands.entries());

describe("Einsum", () => {
  it("sums all products of its definition, for any equation", () => {
    fc.assert(
      fc.property(sums, ({ equation, operands, dims, lengths }) => {
        const actual = runOnWasm("Einsum", inputsOf(operands), { equation });
        expect(actual).toEqual(byDefinition(operands, dims, lengths));
      }),
    );
  });

  it("keeps integers integers, to the last bit where float32 has fewer", () => {
    const large = ({ shape, values }: Values, factor: number): Values => ({
      ...{ shape, dtype: "int32" },
      values: values.map((value) => value * factor),
    });
    fc.assert(
      fc.property(sums, ({ equation, operands, dims, lengths }) => {
        const scaled = operands.map((operand, i) => large(operand, i === 0 ? 262145 : 1));
        const actual = runOnWasm("Einsum", inputsOf(scaled), { equation });
        expect(actual).toEqual({ ...byDefinition(scaled, dims, lengths), dtype: "int32" });
      }),
    );
  });

  it("has the gradient by each operand: dy against what a change of the operand makes", () => {
    fc.assert(
      fc.property(sums, seeds, ({ equation, operands }, seed) => {
        tf.tidy(() => {
          const tensors = operands.map(tensorOf);
          const y = tf.einsum(equation, ...tensors);
          const dy = tensorOf(integers(y.shape, seed));
          const gradients = tf.grads((...xs) => tf.einsum(equation, ...xs))(tensors, dy);
          for (const [i, gradient] of gradients.entries()) {
            const change = tensorOf(integers(gradient.shape, seed + 1));
            const changed = tf.einsum(equation, ...tensors.with(i, change));
            expect(dot(gradient, change)).toBe(dot(dy, changed));
          }
        });
      }),
    );
  });
});

function tensorOf({ values, shape }: Values): tf.Tensor {
  return tf.tensor([...values], [...shape]);
}

function dot(a: tf.Tensor, b: tf.Tensor): number {
  return tf.sum(tf.mul(a, b)).dataSync()[0] ?? NaN;
}

interface Dims {
  readonly left: readonly string[];
  readonly right: readonly string[] | undefined;
  readonly output: readonly string[];
}

/** One product after the other, over all values of all names. */
function byDefinition(
  operands: readonly Values[],
  { left, right, output }: Dims,
  lengths: readonly number[],
): Values {
  const used = names.filter((name) => left.includes(name) || right?.includes(name));
  const lengthOf = (name: string) => lengths[names.indexOf(name)] ?? 1;
  const shape = output.map(lengthOf);
  const values = new Array<number>(shape.reduce((size, length) => size * length, 1)).fill(0);
  const visit = (place: ReadonlyMap<string, number>): void => {
    const name = used[place.size];
    if (name !== undefined) {
      for (let i = 0; i < lengthOf(name); i++) visit(new Map([...place, [name, i]]));
      return;
    }
    const index = (term: readonly string[]) =>
      term.reduce((offset, axis) => offset * lengthOf(axis) + (place.get(axis) ?? 0), 0);
    const factors = [left, ...(right ? [right] : [])].map(
      (term, i) => operands[i]?.values[index(term)] ?? NaN,
    );
    const at = index(output);
    values[at] = (values[at] ?? 0) + factors.reduce((product, factor) => product * factor, 1);
  };
  visit(new Map());
  return { shape, dtype: "float32", values: values.map((value) => value + 0) };
}
