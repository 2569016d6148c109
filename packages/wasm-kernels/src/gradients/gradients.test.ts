/** The gradients that serve all backends, on two of them, against tfjs' own on cpu or plain loops. */
import { beforeAll, describe, expect, it } from "@jest/globals";
import "@tensorflow/tfjs"; // Brings tfjs' own gradients, which its core has none of.
import * as tf from "@tensorflow/tfjs-core";
import * as fc from "fast-check";
import { startBackends, type Values } from "../testing/run-kernel-on.js";
import { integers, seeds, shapes, sizeOf } from "../testing/values.js";
import { fasterGradients } from "./index.js";

/** tfjs' own, taken before ours replace them. */
const own = new Map(fasterGradients.map(({ kernelName }) => [kernelName, gradientOf(kernelName)]));

beforeAll(startBackends);

function gradientOf(kernelName: string): tf.GradConfig {
  return tf.getGradient(kernelName);
}

type Computed = Record<string, number[]>;

/** All that a gradient gives, for the saved tensors it asks for; undefined ones are left out. */
async function run(
  backend: string,
  { gradFunc }: tf.GradConfig,
  dy: Values,
  saved: readonly (Values | undefined)[],
  attrs: object,
): Promise<Computed> {
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const computed: Computed = {};
  tf.tidy(() => {
    const toTensor = ({ values, shape }: Values) => tf.tensor([...values], [...shape], "float32");
    const tensors = saved.map((values) => values && toTensor(values));
    const gradients = gradFunc(toTensor(dy), tensors as tf.Tensor[], attrs as tf.NamedAttrMap);
    for (const [name, gradient] of Object.entries(gradients)) {
      computed[name] = Array.from(tf.tidy(gradient).dataSync(), (value) => value + 0);
    }
  });
  expect(tf.memory().numTensors).toBe(before);
  return computed;
}

async function expectOwn(
  kernelName: string,
  dy: Values,
  saved: readonly (Values | undefined)[],
  attrs: object,
): Promise<void> {
  const original = own.get(kernelName);
  if (original === undefined) throw new Error(`Expected tfjs to have a gradient of ${kernelName}.`);
  const expected = await run("cpu", original, dy, saved, attrs);
  for (const backend of ["cpu", "wasm"]) {
    const actual = await run(backend, gradientOf(kernelName), dy, saved, attrs);
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, values] of Object.entries(expected)) {
      expect(actual[name]?.length).toBe(values.length);
      const largest = Math.max(1, ...values.map(Math.abs));
      for (const [i, value] of values.entries()) {
        expect(Math.abs((actual[name]?.[i] ?? NaN) - value) / largest).toBeLessThan(1e-5);
      }
    }
  }
}

describe("the gradient of Tile", () => {
  it("is the sum of dy over all copies of a value, for any number of axes", async () => {
    const given = shapes
      .filter((shape) => sizeOf(shape) < 300)
      .chain((shape) =>
        fc.tuple(
          fc.constant(shape),
          fc.tuple(...shape.map(() => fc.constantFrom(1, 1, 2, 3))),
          seeds,
        ),
      );
    await fc.assert(
      fc.asyncProperty(given, async ([shape, reps, seed]) => {
        const tiled = shape.map((size, axis) => size * (reps[axis] ?? 1));
        const dy = integers(tiled, seed);
        const expected = new Array<number>(sizeOf(shape)).fill(0);
        for (const [i, value] of dy.values.entries()) {
          let rest = i;
          let place = 0;
          let step = 1;
          for (let axis = shape.length - 1; axis >= 0; axis--) {
            const [size, wide] = [shape[axis] ?? 1, tiled[axis] ?? 1];
            place += ((rest % wide) % size) * step;
            step *= size;
            rest = Math.floor(rest / wide);
          }
          expected[place] = (expected[place] ?? 0) + value;
        }
        for (const backend of ["cpu", "wasm"]) {
          const x = integers(shape, seed);
          const actual = await run(backend, gradientOf("Tile"), dy, [x], { reps });
          expect(actual).toEqual({ x: expected });
        }
      }),
    );
  });
});

describe.each(["Sum", "Mean"])("the gradient of %s", (kernelName) => {
  it("is tfjs' own", async () => {
    const given = shapes
      .filter((shape) => sizeOf(shape) < 1000 && !shape.includes(0))
      .chain((shape) =>
        fc.record({
          shape: fc.constant(shape),
          axis: fc.subarray([...shape.keys()]),
          seed: seeds,
        }),
      );
    await fc.assert(
      fc.asyncProperty(given, async ({ shape, axis, seed }) => {
        const kept = shape.filter((_, i) => !axis.includes(i));
        await expectOwn(kernelName, integers(kept, seed), [integers(shape, seed)], { axis });
      }),
    );
  });
});

describe("the gradient of FusedBatchNorm", () => {
  it("is tfjs' own: a mean for each channel, for all, or for each value", async () => {
    const given = fc.record({
      x: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.nat(3), fc.nat(3), fc.constantFrom(1, 3, 8)),
      means: fc.constantFrom("channels", "one", "all"),
      hasScale: fc.boolean(),
      seed: seeds,
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ x, means, hasScale, seed }) => {
        const shape = x.map((size) => Math.max(size, 1));
        const own = { channels: shape.slice(-1), one: [1], all: shape }[means];
        const variance = integers(own, seed + 2);
        const saved = [
          integers(shape, seed),
          integers(own, seed + 1),
          { ...variance, values: variance.values.map((value) => Math.abs(value) + 1) },
          hasScale ? integers(own, seed + 3) : undefined,
        ];
        const attrs = { varianceEpsilon: 0.01 };
        await expectOwn("FusedBatchNorm", integers(shape, seed + 4), saved, attrs);
      }),
    );
  });
});
