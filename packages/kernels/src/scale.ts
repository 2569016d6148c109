/**
 * Multiplies and divides a range in place: prescale, postscale, and the division of an average.
 *
 * float32: first the quotient, then the product, each rounded to float32; dividing rounds once,
 * where the reciprocal would round twice. int32: each truncates toward zero and wraps around.
 */
import { type Elements } from "./reduce-into.js";

export interface ScaleBy {
  /** Multiplied by, after the division. */
  readonly factor: number;
  /** Divided by; not zero. */
  readonly divisor: number;
}

export function scale(
  target: Elements,
  offset: number,
  count: number,
  { factor, divisor }: ScaleBy,
): void {
  const end = offset + count;
  // Storing into the array rounds to float32, or truncates and wraps to int32.
  if (divisor !== 1) for (let i = offset; i < end; i++) target[i] = (target[i] ?? 0) / divisor;
  if (factor !== 1) for (let i = offset; i < end; i++) target[i] = (target[i] ?? 0) * factor;
}
