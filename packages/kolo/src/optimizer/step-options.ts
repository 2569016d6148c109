/** What `distributedOptimizer` may be told, checked. */
import { KoloError } from "@kolo/core";
import { checkOptions } from "../tensors/check-options.js";

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
   * Gradients travel in buckets of about this size. Default: what `tsrun --bucket-bytes` said, else
   * 25 MiB.
   */
  readonly bucketBytes?: number;
  /** Names the buckets in errors; to tell several optimizers apart. Default "gradients". */
  readonly name?: string;
}

/** Without a default: what is not asked for is not done, or left to tsrun. */
type Unset = "globalClipNorm" | "clipValue" | "bucketBytes";

export type StepOptions = Required<Omit<DistributedOptimizerOptions, Unset>> &
  Pick<DistributedOptimizerOptions, Unset>;

/** Throws `argument_invalid`. */
export function checkedStepOptions(options: DistributedOptimizerOptions): StepOptions {
  checkOptions("distributedOptimizer", options, [
    ...["op", "accumulationSteps", "globalClipNorm", "clipValue", "skipNonFinite"],
    ...["bucketBytes", "name"],
  ]);
  const { op = "average", bucketBytes, name = "gradients" } = options;
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
