/** From the times of each launch to rows for JSON. Pure. */
import { percentile } from "../percentile.js";
import { type Provenance } from "../provenance.js";
import { type Contender } from "./contender.js";
import { type Case, type Samples } from "./measuring-plan.js";

export interface CollectiveRow extends Contender, Case, Provenance {
  /** Of the slowest rank, over all rounds. */
  readonly p50Us: number;
  readonly p95Us: number;
  /** bytes / p50, in 10⁶ bytes a second. */
  readonly algbwMBs: number;
  /** algbw × 2(np − 1)/np, as nccl-tests defines it: what each rank sends and receives of it. */
  readonly busbwMBs: number;
  /** Of the p50 and the p95. */
  readonly runs: number;
  /** Each round's p50Us: how steady was the machine? */
  readonly rounds: readonly number[];
}

export interface Measured {
  readonly contender: Contender;
  /** One list a round, of all cases. */
  readonly launches: readonly (readonly Samples[])[];
}

export function collectiveRows(
  measured: readonly Measured[],
  cases: readonly Case[],
  provenance: Provenance,
): CollectiveRow[] {
  return measured.flatMap(({ contender, launches }) =>
    cases.flatMap((one): CollectiveRow[] => {
      const rounds = launches.flatMap((samples) =>
        samples.filter((other) => isSame(other, one)).map(({ durationsUs }) => durationsUs),
      );
      const all = rounds.flat();
      // What a peer cannot do has no row.
      if (all.length === 0) return [];
      const { np } = contender;
      const p50Us = percentile(all, 0.5);
      const algbwMBs = one.bytes / p50Us;
      return [
        {
          ...contender,
          ...one,
          p50Us,
          p95Us: percentile(all, 0.95),
          algbwMBs,
          busbwMBs: (algbwMBs * 2 * (np - 1)) / np,
          runs: all.length,
          rounds: rounds.map((durations) => percentile(durations, 0.5)),
          ...provenance,
        },
      ];
    }),
  );
}

export function isSame(one: Case, other: Case): boolean {
  return one.bytes === other.bytes && one.op === other.op && one.dtype === other.dtype;
}

/** How many times as fast `row` is as `reference`, as busbw has it. */
export function speedup(row: CollectiveRow, reference: CollectiveRow): number {
  return reference.p50Us / row.p50Us;
}

/** The least and the most of it in any round: within a round, both ran in the same minute. */
export function speedupRange(
  row: CollectiveRow,
  reference: CollectiveRow,
): [least: number, most: number] {
  const byRound = row.rounds.flatMap((us, round) => {
    const other = reference.rounds[round];
    return other === undefined ? [] : [other / us];
  });
  return [Math.min(...byRound), Math.max(...byRound)];
}
