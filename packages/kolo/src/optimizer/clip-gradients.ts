/** The clipping of `deepGradient`: each rank's gradients, before they are added to what is kept. */
import { type Elements } from "@kolo/engine";
import { scaleInPlace } from "../tensors/scale-in-place.js";
import { sumOfSquares } from "./finish-gradients.js";

export interface ClippedGradient {
  readonly input: Elements;
  /** Of all gradients with the same limit together, in a world of one. */
  readonly clipNorm: number | undefined;
}

/**
 * In place. The inputs are `scale` times a rank's gradients; among `size` ranks the limit is the norm
 * over √size, as norms of sums of independent gradients grow with the root of their number. Gradients
 * that are not finite stay as they are.
 */
export function clipGradients(
  gradients: readonly ClippedGradient[],
  { scale, size }: { readonly scale: number; readonly size: number },
): void {
  for (const clipNorm of new Set(gradients.map((gradient) => gradient.clipNorm))) {
    if (clipNorm === undefined) continue;
    const inputs = gradients.flatMap((gradient) =>
      gradient.clipNorm === clipNorm ? [gradient.input] : [],
    );
    const norm = Math.sqrt(inputs.reduce((sum, input) => sum + sumOfSquares(input), 0));
    const limit = (clipNorm / Math.sqrt(size)) * scale;
    if (!(norm > limit && norm < Infinity)) continue;
    for (const input of inputs) scaleInPlace(input, limit / norm);
  }
}
