import { type Elements } from "@kolo/engine";

/** Nothing is read where `factor` is 0: a mean over nothing, which weighs nothing, is NaN. */
export function scaleInPlace(values: Elements, factor: number): void {
  if (factor === 1) return;
  if (factor === 0) {
    values.fill(0);
    return;
  }
  for (let i = 0; i < values.length; i++) values[i] = (values[i] as number) * factor;
}
