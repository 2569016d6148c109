/** What `distributedOptimizer` may be told, checked. */
import { KoloError } from "@kolo/core";
import { compression as compressions } from "@kolo/compression";
import { checkOptions } from "../tensors/check-options.js";
import {
  compressionChoice,
  type CompressionChoice,
  type CompressionOption,
} from "./compression-choice.js";

export interface DistributedOptimizerOptions {
  /** What becomes of the ranks' gradients. Default "average". */
  readonly op?: "average" | "sum";
  /**
   * Gradients of so many micro-batches are added up before one all-reduce and one update.
   * Default 1.
   */
  readonly accumulationSteps?: number;
  /**
   * Scales the reduced gradients down where their norm, taken over all of them together, is larger
   * (Keras' `global_clipnorm`). Default: no clipping.
   */
  readonly globalClipNorm?: number;
  /** Clips every element of the reduced gradients to ±this (Keras' `clipvalue`). Default: none. */
  readonly clipValue?: number;
  /**
   * Leaves an update out, on all ranks alike, where the reduced gradients hold NaN or infinity.
   * Default false: they are applied, as tfjs does.
   */
  readonly skipNonFinite?: boolean;
  /**
   * What travels between hosts (between ranks, where those of a host share no memory) in place of
   * float32: one of `kolo.compression`, or a function that returns one for each variable by its name
   * and shape, the same on every rank. Default: `kolo.compression.none`.
   *
   * topK, deepGradient and powerSGD, given for all, leave variables of fewer than two dimensions as
   * they are. What error feedback keeps is no part of the optimizer's weights:
   * `getCompressionState()` has it.
   */
  readonly compression?: CompressionOption;
  /**
   * Gradients travel in buckets of about this size. Default: what `tsrun --bucket-bytes` said, else
   * 25 MiB.
   */
  readonly bucketBytes?: number;
  /** Names the buckets in errors; to tell several optimizers apart. Default "gradients". */
  readonly name?: string;
}

/** Without a default: what is not asked for is not done, or left to tsrun. */
type Unset = "globalClipNorm" | "clipValue" | "bucketBytes";

export type StepOptions = Required<Omit<DistributedOptimizerOptions, Unset | "compression">> &
  Pick<DistributedOptimizerOptions, Unset> & { readonly compression: CompressionChoice };

/** For an optimizer of this class. Throws `argument_invalid`. */
export function checkedStepOptions(
  options: DistributedOptimizerOptions,
  optimizerClass: string,
): StepOptions {
  checkOptions("distributedOptimizer", options, [
    ...["op", "accumulationSteps", "globalClipNorm", "clipValue", "skipNonFinite"],
    ...["compression", "bucketBytes", "name"],
  ]);
  const { op = "average", bucketBytes, name = "gradients" } = options;
  const { compression = compressions.none } = options;
  const { accumulationSteps = 1, globalClipNorm, clipValue, skipNonFinite = false } = options;
  const ops: readonly string[] = ["average", "sum"];
  expect(ops.includes(op), "op", "average or sum", `"${op}"`);
  if (bucketBytes !== undefined) expectCount("bucketBytes", bucketBytes);
  expectCount("accumulationSteps", accumulationSteps);
  expectLimit("globalClipNorm", globalClipNorm);
  expectLimit("clipValue", clipValue);
  if (globalClipNorm !== undefined && clipValue !== undefined) {
    throw new KoloError(
      "argument_invalid",
      "expected globalClipNorm or clipValue in distributedOptimizer(), got both",
    );
  }
  expect(typeof skipNonFinite === "boolean", "skipNonFinite", "true or false", skipNonFinite);
  return {
    ...{ op, name, accumulationSteps, skipNonFinite },
    compression: compressionChoice(compression, optimizerClass),
    ...(bucketBytes !== undefined && { bucketBytes }),
    ...(globalClipNorm !== undefined && { globalClipNorm }),
    ...(clipValue !== undefined && { clipValue }),
  };
}

function expectCount(option: string, value: number): void {
  expect(Number.isInteger(value) && value >= 1, option, "a positive integer", value);
}

function expectLimit(option: string, value: number | undefined): void {
  if (value === undefined) return;
  expect(Number.isFinite(value) && value > 0, option, "a positive number", value);
}

function expect(holds: boolean, option: string, what: string, got: unknown): void {
  if (holds) return;
  throw new KoloError(
    "argument_invalid",
    `expected ${option} of distributedOptimizer() to be ${what}, got ${String(got)}`,
  );
}
