/** Gradients of models on one backend or another, and how far they are apart. */
import * as tf from "@tensorflow/tfjs";
import { batchSize, type ModelCase } from "./models/model-case.js";
import { withSeededRandom } from "./seeded-random.js";

/** A model with its batch, independent of any backend. */
export interface Problem {
  readonly model: tf.LayersModel;
  readonly x: tf.Tensor | tf.Tensor[];
  readonly y: tf.Tensor;
}

export interface Step {
  /** The loss and then the metrics. */
  readonly outputs: readonly number[];
  /** One for each trainable weight. */
  readonly gradients: readonly Gradient[];
}

export interface Gradient {
  readonly name: string;
  readonly values: Float32Array;
}

export async function createProblem(
  { build, x, y = classes, loss, metrics }: ModelCase,
  layers: typeof tf.layers = tf.layers,
): Promise<Problem> {
  await tf.setBackend("wasm");
  return withSeededRandom(1, () => {
    const model = build(layers);
    model.compile({
      optimizer: "sgd",
      loss: loss ?? "categoricalCrossentropy",
      ...(metrics && { metrics: [...metrics] }),
    });
    return { model, x: x(), y: y(batchSize) };
  });
}

function classes(size: number): tf.Tensor {
  return tf.tidy(() => tf.oneHot(tf.randomUniform([size], 0, 3, "int32"), 3).toFloat());
}

/** What `trainOnBatch` computes on a backend; the weights stay as they are. */
export async function step(backend: string, { model, x, y }: Problem): Promise<Step> {
  await tf.setBackend(backend);
  const gradients: Gradient[] = [];
  const { optimizer } = model;
  const applyGradients = optimizer.applyGradients.bind(optimizer);
  optimizer.applyGradients = (given) => {
    if (!Array.isArray(given)) throw new Error("Layers give a list.");
    for (const { name, tensor } of given) {
      gradients.push({ name, values: Float32Array.from(tensor.dataSync()) });
    }
  };
  try {
    // Noise and dropout are the same on each backend.
    const outputs = await withSeededRandom(2, () => model.trainOnBatch(x, y));
    return { outputs: [outputs].flat(), gradients };
  } finally {
    optimizer.applyGradients = applyGradients;
  }
}

/**
 * The slopes of the loss along some directions in the space of all weights, each of length one: as
 * the gradients have them, and as differences of the loss show. The first direction is the gradient's
 * own, the others are random.
 */
export async function slopes(
  backend: string,
  problem: Problem,
  gradients: readonly Gradient[],
  epsilon: number,
): Promise<readonly { readonly expected: number; readonly measured: number }[]> {
  const weights = problem.model.trainableWeights.map((weight) => weight.read());
  const start = weights.map((weight) => Float32Array.from(weight.dataSync()));
  const moveTo = (direction: readonly Float32Array[], distance: number) => {
    for (const [i, weight] of weights.entries()) {
      const values = start[i]?.map((value, j) => value + distance * (direction[i]?.[j] ?? 0));
      (weight as tf.Variable).assign(tf.tensor(values ?? [], weight.shape));
    }
  };
  const lossAt = async (direction: readonly Float32Array[], distance: number) => {
    moveTo(direction, distance);
    return (await step(backend, problem)).outputs[0] ?? NaN;
  };

  const own = gradients.map(({ values }) => values);
  const random = await withSeededRandom(3, () =>
    [1, 2, 3].map(() => own.map((values) => values.map(() => Math.random() - 0.5))),
  );
  const results = [];
  for (const direction of [own, ...random].map(unit)) {
    const ahead = await lossAt(direction, epsilon);
    const behind = await lossAt(direction, -epsilon);
    results.push({
      expected: dot(own, direction),
      measured: (ahead - behind) / (2 * epsilon),
    });
  }
  moveTo([], 0);
  return results;
}

function unit(direction: readonly Float32Array[]): Float32Array[] {
  const length = Math.hypot(...direction.map(norm));
  return direction.map((values) => values.map((value) => value / length));
}

function dot(a: readonly Float32Array[], b: readonly Float32Array[]): number {
  const products = a.map((values, i) =>
    values.reduce((sum, value, j) => sum + value * (b[i]?.[j] ?? 0), 0),
  );
  return products.reduce((sum, product) => sum + product, 0);
}

/**
 * How far `actual` is from `expected`, as a fraction of the norm of the whole gradient; and for the
 * worst weight, as a fraction of the norm of its own gradient, or of `floor` times the whole where
 * that is more: a bias in front of a normalization has a gradient of zero, and rounding errors.
 */
export function distance(
  actual: readonly Gradient[],
  expected: readonly Gradient[],
  floor: number,
): { readonly whole: number; readonly worst: number } {
  const total = Math.hypot(...expected.map(({ values }) => norm(values)));
  const parts = expected.map(({ values }, i) => {
    const other = actual[i]?.values ?? new Float32Array();
    if (other.length !== values.length) return { off: Infinity, own: 0 };
    return { off: norm(values.map((value, j) => value - (other[j] ?? NaN))), own: norm(values) };
  });
  return {
    whole: Math.hypot(...parts.map(({ off }) => off)) / total,
    worst: Math.max(...parts.map(({ off, own }) => off / Math.max(own, floor * total))),
  };
}

export function norm(values: Float32Array): number {
  return Math.hypot(...values);
}
