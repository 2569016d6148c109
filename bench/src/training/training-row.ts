/** From what each launch measured to rows for JSON. Pure. */
import { type Provenance } from "../provenance.js";
import { type Contender } from "./contender.js";
import { type Measurement, median, samplesPerSecond } from "./measurement.js";
import { type ProfileRow } from "./profile/profile-row.js";

export interface TrainingRow extends Contender, Provenance {
  /** Images a rank sees in a step. */
  readonly batchSize: number;
  /** Of all ranks together: the median over rounds. */
  readonly samplesPerSecond: number;
  /** samplesPerSecond / (np × samplesPerSecond at np 1). */
  readonly efficiency: number;
  readonly msPerStep: number;
  /** samplesPerSecond / PyTorch's at the same np; absent without PyTorch. */
  readonly ratioToTorch?: number;
  /** Each round's rate, the median of its repeats: how steady was the machine? */
  readonly rounds: readonly number[];
  readonly profile?: readonly ProfileRow[];
}

export interface Measured {
  readonly contender: Contender;
  /** One a round. */
  readonly launches: readonly Measurement[];
  readonly profile?: readonly ProfileRow[];
}

export function trainingRows(measured: readonly Measured[], provenance: Provenance): TrainingRow[] {
  const rated = measured.map((one) => {
    const rounds = one.launches.map((launch) => median(samplesPerSecond(launch, one.contender.np)));
    return { ...one, rounds, rate: median(rounds) };
  });
  return rated.map(({ contender, launches, profile, rounds, rate }): TrainingRow => {
    const { impl, backend, kernels, np } = contender;
    const alone = rated.find(
      ({ contender: other }) =>
        other.impl === impl &&
        other.backend === backend &&
        other.kernels === kernels &&
        other.np === 1,
    );
    const torch = rated.find(({ contender: other }) => other.impl === "torch" && other.np === np);
    const batchSize = launches[0]?.batchSize ?? NaN;
    return {
      ...contender,
      batchSize,
      samplesPerSecond: rate,
      efficiency: rate / (np * (alone?.rate ?? NaN)),
      msPerStep: (1000 * np * batchSize) / rate,
      ...(torch && { ratioToTorch: rate / torch.rate }),
      rounds,
      ...provenance,
      ...(profile && { profile }),
    };
  });
}

/**
 * `scale` times the ratio of the rates: "1.05 (by round 1.04 1.06)". Within a round, both ran in the
 * same minute; where rounds differ, that was the machine.
 */
export function ratioText(row: TrainingRow, reference: TrainingRow, scale = 1): string {
  const times = (rate: number, other: number) => (scale * (rate / other)).toFixed(2);
  const byRound = row.rounds.flatMap((rate, round) => {
    const other = reference.rounds[round];
    return other === undefined ? [] : [times(rate, other)];
  });
  const ratio = times(row.samplesPerSecond, reference.samplesPerSecond);
  return byRound.length > 1 ? `${ratio} (by round ${byRound.join(" ")})` : ratio;
}
