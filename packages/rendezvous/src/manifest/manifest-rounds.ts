import { type ErrorWire, KoloError } from "@kolo/core";
import { type ManifestEntry } from "../messages.js";
import { compareManifests, type RankManifest } from "./compare-manifests.js";

/** What to tell whom about the k-th comparison. */
export interface RoundVerdict {
  readonly sequence: number;
  readonly ranks: readonly number[];
  /** Undefined where all agree. */
  readonly error: ErrorWire | undefined;
}

interface Round {
  readonly proposals: RankManifest[];
  /** The first difference, for those who come later too. */
  mismatch: ErrorWire | undefined;
}

/** Every rank's k-th proposal meets the k-th of the others. A difference does not wait for the rest. */
export class ManifestRounds {
  readonly #size: number;
  readonly #open = new Map<number, Round>();
  readonly #proposed: number[];

  constructor(size: number) {
    this.#size = size;
    this.#proposed = Array.from({ length: size }, () => 0);
  }

  /** Takes a proposal; a verdict where there is one now. Throws `message_invalid` out of turn. */
  propose(
    rank: number,
    sequence: number,
    entries: readonly ManifestEntry[],
  ): RoundVerdict | undefined {
    const expected = this.#proposed[rank];
    if (expected !== sequence) {
      const message = `expected manifest ${expected ?? "of a known rank"} of rank ${rank}, got ${sequence}`;
      throw new KoloError("message_invalid", message, { rank });
    }
    this.#proposed[rank] = sequence + 1;
    const round = this.#open.get(sequence) ?? { proposals: [], mismatch: undefined };
    this.#open.set(sequence, round);
    round.proposals.push({ rank, entries });
    const complete = round.proposals.length === this.#size;
    if (complete) this.#open.delete(sequence);
    if (round.mismatch !== undefined) return { sequence, ranks: [rank], error: round.mismatch };
    // All before this one equal the first.
    const differs = compareManifests([...round.proposals.slice(0, 1), { rank, entries }]);
    round.mismatch = differs && compareManifests(round.proposals);
    if (round.mismatch === undefined && !complete) return undefined;
    return { sequence, ranks: round.proposals.map((one) => one.rank), error: round.mismatch };
  }
}
