/** Ours against each peer and against the limit, by np and bytes: what the bench is for. Pure. */
import { type CollectiveRow, isSame, speedup, speedupRange } from "./collective-row.js";
import { nameOf } from "./contender.js";

/** The others, in the order of columns. */
const references = ["gloo", "openmpi-shm", "openmpi-tcp", "tensorflow", "memory-limit"] as const;

export interface Ratios {
  readonly row: CollectiveRow;
  /** "kolo-arena shm". */
  readonly name: string;
  /** By the reference's name: "4.10", or "4.10 (3.90–4.30)" over rounds; none where it has no row. */
  readonly ratios: Readonly<Record<string, string>>;
}

export function ratioTable(rows: readonly CollectiveRow[]): Ratios[] {
  return rows
    .filter(({ impl }) => impl === "kolo-arena" || impl === "kolo")
    .map((row) => {
      const ratios: Record<string, string> = {};
      for (const impl of references) {
        const reference = rows.find(
          (other) => other.impl === impl && other.np === row.np && isSame(other, row),
        );
        if (reference !== undefined) ratios[impl] = ratioText(row, reference);
      }
      return { row, name: nameOf(row), ratios };
    });
}

export function ratioText(row: CollectiveRow, reference: CollectiveRow): string {
  const ratio = speedup(row, reference).toFixed(2);
  const [least, most] = speedupRange(row, reference);
  return row.rounds.length > 1 ? `${ratio} (${least.toFixed(2)}–${most.toFixed(2)})` : ratio;
}
