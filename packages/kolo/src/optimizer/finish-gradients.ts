/**
 * What is done to reduced gradients before they are applied, in place in the arena. Every rank has the
 * same bits there and does the same to them, so all ranks stay alike without asking each other.
 */
import { type Elements } from "@kolo/engine";
import { scaleInPlace } from "../tensors/scale-in-place.js";

export interface FinishOptions {
  readonly globalClipNorm?: number;
  readonly clipValue?: number;
  readonly skipNonFinite: boolean;
}

/** Whether all gradients have to be there before any is applied. */
export function looksAtAll({ globalClipNorm, clipValue, skipNonFinite }: FinishOptions): boolean {
  return skipNonFinite || globalClipNorm !== undefined || clipValue !== undefined;
}

/** For ranks to compare, as in: globalClipNorm 1, skipNonFinite; empty where nothing is done. */
export function describeFinish({
  globalClipNorm,
  clipValue,
  skipNonFinite,
}: FinishOptions): string {
  return [
    ...(globalClipNorm === undefined ? [] : [`globalClipNorm ${globalClipNorm}`]),
    ...(clipValue === undefined ? [] : [`clipValue ${clipValue}`]),
    ...(skipNonFinite ? ["skipNonFinite"] : []),
  ].join(", ");
}

/** Clips all gradients together; false where they are not to be applied. */
export function finishGradients(
  gradients: readonly Elements[],
  { globalClipNorm, clipValue, skipNonFinite }: FinishOptions,
): boolean {
  if (skipNonFinite || globalClipNorm !== undefined) {
    const norm = Math.sqrt(gradients.reduce((sum, values) => sum + sumOfSquares(values), 0));
    if (skipNonFinite && !Number.isFinite(norm)) return false;
    const factor = clipFactor(norm, globalClipNorm ?? Infinity);
    for (const values of gradients) scaleInPlace(values, factor);
  }
  if (clipValue !== undefined) for (const values of gradients) clampInPlace(values, clipValue);
  return true;
}

/** In float64, which no sum of squares of float32 leaves: it is finite where all elements are. */
export function sumOfSquares(values: Elements): number {
  // Four at a time: an addition waits for the one before, but not for its neighbours.
  let [a, b, c, d] = [0, 0, 0, 0];
  const whole = values.length - (values.length % 4);
  for (let i = 0; i < whole; i += 4) {
    a += (values[i] as number) ** 2;
    b += (values[i + 1] as number) ** 2;
    c += (values[i + 2] as number) ** 2;
    d += (values[i + 3] as number) ** 2;
  }
  for (let i = whole; i < values.length; i++) a += (values[i] as number) ** 2;
  return a + b + c + d;
}

/** To ±limit; NaN stays. */
function clampInPlace(values: Elements, limit: number): void {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    if (value > limit) values[i] = limit;
    else if (value < -limit) values[i] = -limit;
  }
}

/** What gradients of this norm are scaled by, so that it is at most `limit`. */
function clipFactor(norm: number, limit: number): number {
  return norm > limit ? limit / norm : 1;
}
