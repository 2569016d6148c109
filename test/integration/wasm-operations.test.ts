/**
 * Results and gradients of tfjs' operations on wasm with the training kernels, against cpu, or
 * against finite differences where cpu is wrong.
 */
import { beforeAll, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { startBackends } from "../support/backends.js";
import { type OperationCase, operations } from "../support/operations.js";
import { withSeededRandom } from "../support/seeded-random.js";

beforeAll(startBackends);

/** Of the largest value: the rounding of float32 (6e-8), of sums, and of exp and the like on wasm. */
const tolerance = 1e-5;

it.each(Object.entries(operations))(
  "has the result and gradients of cpu: %s",
  async (_, operation) => {
    const inputs = await inputsOf(operation);
    const cpu = await run("cpu", operation, inputs);
    const wasm = await run("wasm", operation, inputs);
    expect(typeof cpu.result).not.toBe("string");
    expectClose(wasm.result, cpu.result, tolerance);
    if (operation.reference === "finite differences") {
      expectClose(wasm.gradients, differences(operation, inputs), 1e-3);
    } else {
      expectClose(wasm.gradients, cpu.gradients, tolerance);
      // tfjs has no gradient of some operations, and a wrong one of some with broadcasting.
      if (typeof cpu.gradients === "string")
        expect(cpu.gradients).toMatch(/gradient|tensors passed/);
    }
  },
);

/** Values and, for what has none, the message. */
type Outcome = readonly number[] | string;

function expectClose(actual: Outcome, expected: Outcome, limit: number): void {
  if (typeof actual === "string" || typeof expected === "string") {
    expect(actual).toBe(expected);
    return;
  }
  expect(actual.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs), 1e-30);
  const off = expected.map((value, i) => Math.abs(value - (actual[i] ?? NaN)));
  expect(Math.max(0, ...off) / largest).toBeLessThan(limit);
}

async function inputsOf({ shapes, values }: OperationCase): Promise<number[][]> {
  return withSeededRandom(1, () =>
    shapes.map((shape) =>
      Array.from({ length: tf.util.sizeFromShape([...shape]) }, () => {
        const value = Math.random() * 4 - 2;
        switch (values) {
          case "any":
            return value;
          case "positive":
            return Math.abs(value) + 0.1;
          case "negative":
            return -Math.abs(value) - 0.1;
          case "below one":
            return value * 0.45;
          case "above one":
            return Math.abs(value) + 1.1;
        }
      }),
    ),
  );
}

async function run(backend: string, operation: OperationCase, inputs: readonly number[][]) {
  await tf.setBackend(backend);
  return {
    result: outcome(() => [operation.run(...tensors(operation, inputs))]),
    gradients: outcome(() =>
      tf.grads((...xs) => weightedSum(operation.run(...xs)))(tensors(operation, inputs)),
    ),
  };
}

function tensors({ shapes }: OperationCase, inputs: readonly number[][]): tf.Tensor[] {
  return shapes.map((shape, i) => tf.tensor(inputs[i] ?? [], [...shape], "float32"));
}

/** A scalar in which each value of y counts differently. */
function weightedSum(y: tf.Tensor): tf.Scalar {
  const weights = Float32Array.from({ length: y.size }, (_, i) => ((i * 7919) % 13) / 13 - 0.4);
  return tf.sum(tf.mul(tf.cast(y, "float32"), tf.tensor(weights, y.shape)));
}

function outcome(compute: () => tf.Tensor[]): Outcome {
  try {
    return tf.tidy(() => compute().flatMap((tensor) => Array.from(tensor.dataSync())));
  } catch (error) {
    return (error as Error).message;
  }
}

/** Of the weighted sum, by each value of each input. For operations that are linear: any step does. */
function differences(operation: OperationCase, inputs: readonly number[][]): number[] {
  const sumAt = (values: readonly number[][]) =>
    tf.tidy(() => {
      const y = operation.run(...tensors(operation, values)).dataSync();
      return Array.from(y).reduce((sum, v, i) => sum + v * (((i * 7919) % 13) / 13 - 0.4), 0);
    });
  return inputs.flatMap((values, input) =>
    values.map((value, i) => {
      const at = (moved: number) => sumAt(inputs.with(input, values.with(i, moved)));
      return at(value + 0.5) - at(value - 0.5);
    }),
  );
}
