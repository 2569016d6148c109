/** A logarithmic axis: where a value lies, and which values to mark. Pure. */
export interface Axis {
  readonly position: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Powers of ten around all values, from pixel `from` to pixel `to`. */
export function decades(values: readonly number[], from: number, to: number): Axis {
  const least = Math.floor(Math.log10(Math.min(...values)));
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...values))));
  const ticks = Array.from({ length: most - least + 1 }, (_, i) => 10 ** (least + i));
  return { ticks, position: between([10 ** least, 10 ** most], from, to) };
}

/** The values themselves, with a little room on both sides. */
export function marked(values: readonly number[], from: number, to: number): Axis {
  const ticks = [...new Set(values)].sort((a, b) => a - b);
  const room = 2 ** 0.5;
  const [least, most] = [ticks[0] ?? 1, ticks.at(-1) ?? 1];
  return { ticks, position: between([least / room, most * room], from, to) };
}

function between(
  [least, most]: readonly [number, number],
  from: number,
  to: number,
): (value: number) => number {
  const share = (value: number): number => Math.log(value / least) / Math.log(most / least);
  return (value) => from + (to - from) * share(value);
}
