/** Σ weight · x / Σ weight over all ranks: one all-reduce, in which the weight is one element more. */
import type * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";
import { type Engine } from "@kolo/engine";
import { type Input } from "./input.js";
import { readInto, tensorFrom } from "./read-into.js";
import { elementsOf } from "./rows.js";
import { scaleInPlace } from "./scale-in-place.js";
import { lastOperation, type Steps } from "./steps.js";

export interface WeightedAverage {
  readonly name: string;
  readonly op: string;
  readonly weight: number;
  readonly prescale: number;
  readonly postscale: number;
}

/** Throws `argument_invalid`, `dtype_unsupported`. */
export function weightedAverage(
  engine: Engine,
  input: Input,
  { name, op, weight, prescale, postscale }: WeightedAverage,
): Steps<tf.Tensor> {
  checkWeight(input, op, weight);
  const { shape } = input;
  const count = elementsOf(shape);
  return lastOperation(
    engine,
    input,
    {
      ...{ kind: "allReduce", name, dtype: "float32", shape: [count + 1], op: "sum" },
      ...{ prescale: 1, postscale: 1 },
    },
    (output) => {
      const total = output[count] ?? 0;
      if (total === 0) {
        throw new KoloError(
          "argument_invalid",
          `expected some rank to have a weight above 0 in ${name}, got 0 from all ranks`,
        );
      }
      const values = output.subarray(0, count);
      scaleInPlace(values, postscale / total);
      return tensorFrom(values, shape, "float32");
    },
    (target) => {
      const values = target.subarray(0, count);
      if (weight !== 0) readInto(input.tensor, values);
      scaleInPlace(values, weight * prescale);
      target[count] = weight;
    },
  );
}

function checkWeight({ dtype }: Input, op: string, weight: number): void {
  if (op !== "average") {
    throw new KoloError(
      "argument_invalid",
      `expected a weight with op "average" only in allReduce(), got it with "${op}"`,
    );
  }
  if (!(Number.isFinite(weight) && weight >= 0)) {
    throw new KoloError(
      "argument_invalid",
      `expected weight in allReduce() to be a number from 0 on, got ${weight}`,
    );
  }
  if (dtype !== "float32") {
    throw new KoloError(
      "dtype_unsupported",
      `expected a float32 tensor for a weighted average in allReduce(), got ${dtype}; cast it, ` +
        "e.g. x.toFloat()",
    );
  }
}
