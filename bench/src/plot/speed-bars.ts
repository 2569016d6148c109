/** What the plot and the table have in common: rows by implementation, in the order to show. Pure. */
import { type TrainingRow } from "../training/training-row.js";

export interface SpeedGroup {
  readonly title: string;
  readonly impl: TrainingRow["impl"];
  /** By world size, ascending. */
  readonly rows: readonly TrainingRow[];
}

/** PyTorch last but the baseline, ours before it, the fastest first. */
export function speedGroups(rows: readonly TrainingRow[]): SpeedGroup[] {
  const titles = [...new Set(rows.map(titleOf))];
  const order = ["kolo", "torch", "tfjs"];
  const fastest = (group: SpeedGroup): number =>
    Math.max(...group.rows.map((row) => row.samplesPerSecond));
  return titles
    .map((title): SpeedGroup => {
      const own = rows.filter((row) => titleOf(row) === title).sort((a, b) => a.np - b.np);
      return { title, impl: own[0]?.impl ?? "kolo", rows: own };
    })
    .sort((a, b) => order.indexOf(a.impl) - order.indexOf(b.impl) || fastest(b) - fastest(a));
}

function titleOf({ impl, backend }: TrainingRow): string {
  switch (impl) {
    case "kolo":
      return `kolo, ${backend}`;
    case "torch":
      return "PyTorch";
    case "tfjs":
      return `tfjs alone, ${backend} *`;
  }
}

export const baselineNote =
  "* as tfjs has it, with the one kernel added without which it cannot train a convolution";

export function ranksText(np: number): string {
  return np === 1 ? "1 rank" : `${np} ranks`;
}

/** Three digits, or all of them above the point: 2.41, 24.1, 241, 2410. */
export function rateText(rate: number): string {
  return rate >= 100 ? rate.toFixed(0) : rate.toPrecision(3);
}
