/**
 * What a user asks for: plain data, so that it reaches the thread that compresses, travels in the
 * fingerprint of an operation, and can be printed.
 */
import { KoloError } from "@kolo/core";

/** How the values that a sparse message carries are written. */
export type SparseValues = "float32" | "float16";

export interface NoCompression {
  readonly kind: "none";
}

/** The largest elements of each bucket; what is not sent is added to the next gradient. */
export interface TopK {
  readonly kind: "topK";
  /** Of elements that are sent, above 0 and at most 1. */
  readonly ratio: number;
  readonly values: SparseValues;
  /** Updates over which the ratio falls to what is asked for, in steps; 0: at once. */
  readonly warmupUpdates: number;
}

/** Top-k with momentum correction: Lin et al., "Deep gradient compression", ICLR 2018. */
export interface DeepGradient {
  readonly kind: "deepGradient";
  readonly ratio: number;
  readonly values: SparseValues;
  readonly warmupUpdates: number;
  /** In place of the optimizer's; 0: none. */
  readonly momentum: number;
  /** Forgets the velocity of elements that are sent. */
  readonly factorMasking: boolean;
  /** Every rank's gradients are clipped to this global norm over the root of the world's size. */
  readonly clipNorm?: number;
}

/** Narrower numbers, summed in float32. */
export interface Quantized {
  readonly kind: "fp16" | "bf16" | "int8";
  /** What rounding takes away is added to the next gradient. */
  readonly errorFeedback: boolean;
}

/** Two thin matrices in place of each: Vogels et al., "PowerSGD", NeurIPS 2019. */
export interface PowerSGD {
  readonly kind: "powerSGD";
  /** Columns of the thin matrices. */
  readonly rank: number;
  /** Updates that are exchanged uncompressed before it begins. */
  readonly startUpdates: number;
}

export type Compression = NoCompression | TopK | DeepGradient | Quantized | PowerSGD;

/** What is left when `none` is: something for a hook to do. */
export type Compressing = Exclude<Compression, NoCompression>;

/** As in: topK 1 % fp16 */
export function describeCompression(compression: Compression): string {
  switch (compression.kind) {
    case "none":
    case "fp16":
    case "bf16":
    case "int8":
      return compression.kind;
    case "topK":
    case "deepGradient": {
      const values = compression.values === "float16" ? "fp16" : "fp32";
      return `${compression.kind} ${Number((compression.ratio * 100).toPrecision(3))} % ${values}`;
    }
    case "powerSGD":
      return `powerSGD rank ${compression.rank}`;
  }
}

const kinds: readonly string[] = [
  "none",
  "topK",
  "deepGradient",
  "fp16",
  "bf16",
  "int8",
  "powerSGD",
];

/** Whether something was made by the functions of `compression`. */
export function isCompression(value: unknown): value is Compression {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  return kinds.includes(String(value.kind));
}

export interface TopKOptions {
  /** Of elements that are sent: above 0, at most 1. Default 0.01. */
  readonly ratio?: number;
  /**
   * How sent values are written; with "float16" the rounding is kept and sent later, as is what was
   * not sent. Default "float16".
   */
  readonly values?: SparseValues;
  /**
   * Updates over which the ratio falls to `ratio`, in four steps of equal factors: for 0.001 they are
   * 25, 6.3, 1.6 and 0.4 %. Default 0.
   */
  readonly warmupUpdates?: number;
}

export interface DeepGradientOptions extends TopKOptions {
  /** Default 0.001. */
  readonly ratio?: number;
  /**
   * Momentum, applied before elements are chosen, in place of the optimizer's own: give
   * `tf.train.sgd` to the distributed optimizer. From 0 to below 1. Default 0.9.
   */
  readonly momentum?: number;
  /** Stops the momentum of elements that were sent. Default true. */
  readonly factorMasking?: boolean;
  /**
   * Clips each rank's gradients to this norm over √(world size), before they are added to what is
   * kept. Default: not clipped.
   */
  readonly clipNorm?: number;
}

export interface QuantizedOptions {
  /**
   * Adds what rounding takes away to the next gradient, at the price of twice the gradients' memory.
   * Default: true for int8, false for fp16 and bf16.
   */
  readonly errorFeedback?: boolean;
}

export interface PowerSGDOptions {
  /** Columns of the thin matrices. Default 2. */
  readonly rank?: number;
  /** Updates that are exchanged uncompressed before it begins. Default 10. */
  readonly startUpdates?: number;
}

/**
 * What travels between hosts in place of float32 gradients: for `compression` of
 * `distributedOptimizer` and of `allReduce`. Each throws `argument_invalid` for options that are none.
 */
export const compression = {
  /** All of it, as it is. */
  none: { kind: "none" } as NoCompression,

  /** The largest elements by magnitude, and the rest later (error feedback). */
  topK: (options: TopKOptions = {}): TopK => {
    const check = checking("topK", options, ["ratio", "values", "warmupUpdates"]);
    return { kind: "topK", ...sparse(check, { ratio: 0.01, ...options }) };
  },

  /** Top-k as in "Deep gradient compression": momentum correction, masking, clipping, warm-up. */
  deepGradient: (options: DeepGradientOptions = {}): DeepGradient => {
    const check = checking("deepGradient", options, [
      ...["ratio", "values", "warmupUpdates", "momentum", "factorMasking", "clipNorm"],
    ]);
    const { momentum = 0.9, factorMasking = true, clipNorm } = options;
    check(momentum >= 0 && momentum < 1, "momentum", "from 0 to below 1", momentum);
    check(typeof factorMasking === "boolean", "factorMasking", "true or false", factorMasking);
    const clips = clipNorm !== undefined;
    if (clips) {
      check(Number.isFinite(clipNorm) && clipNorm > 0, "clipNorm", "a positive number", clipNorm);
    }
    return {
      kind: "deepGradient",
      ...sparse(check, { ratio: 0.001, ...options }),
      ...{ momentum, factorMasking },
      ...(clips && { clipNorm }),
    };
  },

  /** Half precision: 11 bits, up to 65504. Half the bytes. */
  fp16: (options: QuantizedOptions = {}): Quantized => quantized("fp16", options, false),

  /** The upper half of float32: 8 bits, and its range. Half the bytes. */
  bf16: (options: QuantizedOptions = {}): Quantized => quantized("bf16", options, false),

  /** Eight bits, and a scale for each block of 256 elements. A quarter of the bytes. */
  int8: (options: QuantizedOptions = {}): Quantized => quantized("int8", options, true),

  /** Matrices as products of two thin ones, with error feedback and a warm start. */
  powerSGD: (options: PowerSGDOptions = {}): PowerSGD => {
    const check = checking("powerSGD", options, ["rank", "startUpdates"]);
    const { rank = 2, startUpdates = 10 } = options;
    check(Number.isInteger(rank) && rank >= 1 && rank <= 64, "rank", "1 to 64", rank);
    check(isCount(startUpdates), "startUpdates", "an integer from 0 on", startUpdates);
    return { kind: "powerSGD", rank, startUpdates };
  },
} as const;

type Check = (holds: boolean, option: string, what: string, got: unknown) => void;

function sparse(
  check: Check,
  { ratio, values = "float16", warmupUpdates = 0 }: TopKOptions & { readonly ratio: number },
): Pick<TopK, "ratio" | "values" | "warmupUpdates"> {
  check(ratio > 0 && ratio <= 1, "ratio", "above 0 and at most 1", ratio);
  const all: readonly string[] = ["float32", "float16"];
  check(all.includes(values), "values", '"float32" or "float16"', values);
  check(isCount(warmupUpdates), "warmupUpdates", "an integer from 0 on", warmupUpdates);
  return { ratio, values, warmupUpdates };
}

function quantized(
  kind: Quantized["kind"],
  options: QuantizedOptions,
  feedsBack: boolean,
): Quantized {
  const check = checking(kind, options, ["errorFeedback"]);
  const { errorFeedback = feedsBack } = options;
  check(typeof errorFeedback === "boolean", "errorFeedback", "true or false", errorFeedback);
  return { kind, errorFeedback };
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0;
}

function checking(name: string, options: object, known: readonly string[]): Check {
  const check: Check = (holds, option, what, got) => {
    if (holds) return;
    throw new KoloError(
      "argument_invalid",
      `expected ${option} of compression.${name}() to be ${what}, got ${String(got)}`,
    );
  };
  for (const option of Object.keys(options)) {
    check(known.includes(option), "options", `among ${known.join(", ")}`, option);
  }
  return check;
}
