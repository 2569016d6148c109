/** How each gradient travels: what `compression` of a distributed optimizer comes to. */
import { type Compressing, compression, type Compression, isCompression } from "@kolo/compression";
import { KoloError } from "@kolo/core";

/** For all gradients, or for each by itself; the same on every rank. */
export type CompressionOption =
  Compression | ((name: string, shape: readonly number[]) => Compression);

/** How one gradient travels. */
export interface Travel {
  /** Undefined where it goes as it is. */
  readonly how: Compressing | undefined;
  /** That is applied in place of the optimizer's; 0: none. */
  readonly momentum: number;
  readonly clipNorm: number | undefined;
}

export interface CompressionChoice {
  /** Throws `argument_invalid`. */
  of(name: string, shape: readonly number[]): Travel;
  /** Whether there may be something to do to gradients that do not travel at all. */
  readonly mayActAlone: boolean;
  /** Nothing is ever compressed. */
  readonly isNone: boolean;
}

/**
 * For an optimizer of this class. Compression that is chosen for all leaves lists of numbers (biases,
 * and what normalizes) as they are where it is made for matrices. Throws `argument_invalid`.
 */
export function compressionChoice(
  option: CompressionOption,
  optimizerClass: string,
): CompressionChoice {
  if (typeof option === "function" && !isMaker(option)) {
    return {
      of: (name, shape) => {
        const chosen: unknown = option(name, shape);
        const where = `compression of distributedOptimizer() to return one for "${name}"`;
        checkCompression(where, chosen);
        checkMomentum(chosen, optimizerClass);
        return travelling(chosen, true);
      },
      mayActAlone: true,
      isNone: false,
    };
  }
  checkCompression("compression of distributedOptimizer() to be one", option);
  checkMomentum(option, optimizerClass);
  return {
    of: (_name, shape) => travelling(option, isForLists(option) || shape.length > 1),
    mayActAlone: momentumOf(option) > 0 || clipNormOf(option) !== undefined,
    isNone: option.kind === "none",
  };
}

/** Throws `argument_invalid`; `expectation` says where it was given. */
export function checkCompression(
  expectation: string,
  value: unknown,
): asserts value is Compression {
  if (isCompression(value)) return;
  const advice = typeof value === "function" ? "; call it, as in kolo.compression.topK()" : "";
  throw new KoloError(
    "argument_invalid",
    `expected ${expectation} of kolo.compression, such as kolo.compression.topK({ ratio: 0.01 }), ` +
      `got ${typeof value === "function" ? "a function" : String(value)}${advice}`,
  );
}

/** One that was not called. */
function isMaker(value: unknown): boolean {
  return Object.values<unknown>(compression).includes(value);
}

function isForLists({ kind }: Compression): boolean {
  return kind === "fp16" || kind === "bf16" || kind === "int8";
}

function travelling(chosen: Compression, hooked: boolean): Travel {
  return {
    how: chosen.kind === "none" || !hooked ? undefined : chosen,
    momentum: momentumOf(chosen),
    clipNorm: clipNormOf(chosen),
  };
}

/** For ranks to compare, as in: topK, ratio 0.01; empty where nothing is done to it. */
export function describeTravel({ how, momentum, clipNorm }: Travel): string {
  const { kind, ...options } = how ?? {};
  const chosen = { ...options, ...(momentum > 0 && { momentum }), ...(clipNorm && { clipNorm }) };
  const words = Object.entries(chosen).map(([option, value]) => `${option} ${String(value)}`);
  return [...(kind === undefined ? [] : [kind]), ...words].join(", ");
}

function momentumOf(chosen: Compression): number {
  return chosen.kind === "deepGradient" ? chosen.momentum : 0;
}

function clipNormOf(chosen: Compression): number | undefined {
  return chosen.kind === "deepGradient" ? chosen.clipNorm : undefined;
}

/** Momentum twice is not what anybody wants, nor momentum before Adam's moments. */
function checkMomentum(chosen: Compression, optimizerClass: string): void {
  if (momentumOf(chosen) === 0 || optimizerClass === "SGD") return;
  throw new KoloError(
    "argument_invalid",
    "expected tf.train.sgd in distributedOptimizer() with compression.deepGradient(), whose " +
      `momentum takes the place of the optimizer's, got ${optimizerClass}; or give it momentum: 0`,
  );
}
