/** A linear axis over all values, marked at round numbers. Pure. */
import { type Axis } from "./logarithmic.js";

/** From pixel `from` to pixel `to`, with about so many marks. */
export function linear(
  values: readonly number[],
  [from, to]: readonly [number, number],
  marks = 5,
): Axis {
  const step = roundStep((Math.max(...values) - Math.min(...values) || 1) / marks);
  const least = Math.floor(Math.min(...values) / step);
  const most = Math.max(least + 1, Math.ceil(Math.max(...values) / step));
  const ticks = Array.from({ length: most - least + 1 }, (_, i) => (least + i) * step);
  return {
    ticks,
    position: (value) => from + ((to - from) * (value / step - least)) / (most - least),
  };
}

/** 1, 2 or 5 times a power of ten, and no less. */
function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least) ?? 10);
}
