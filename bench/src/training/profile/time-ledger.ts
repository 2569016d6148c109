/**
 * Adds up time by (phase, op), where ops may run inside one another: each moment belongs to the
 * innermost op alone, so that all entries add up to the time between `beginStep` and `endStep`. What
 * passes outside of steps does not count.
 */
import { betweenOps, profilePhases, type ProfilePhase, type ProfileRow } from "./profile-row.js";

interface Entry {
  calls: number;
  ms: number;
}

export class TimeLedger {
  readonly #now: () => number;
  readonly #entries = new Map<ProfilePhase, Map<string, Entry>>();
  /** Ops that are running, innermost last; undefined outside of steps. */
  #open: string[] | undefined;
  #phase: ProfilePhase = "around";
  #sinceMs = 0;
  #steps = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  beginStep(): void {
    this.#phase = "around";
    this.#open = [];
    this.#sinceMs = this.#now();
  }

  endStep(): void {
    this.#charge();
    this.#open = undefined;
    this.#steps++;
  }

  /** What passed until here belongs to the phase before. */
  enter(phase: ProfilePhase): void {
    this.#charge();
    this.#phase = phase;
  }

  run<Result>(op: string, call: () => Result): Result {
    const open = this.#open;
    if (open === undefined) return call();
    this.#charge();
    this.#entry(op).calls++;
    open.push(op);
    try {
      return call();
    } finally {
      this.#charge();
      open.pop();
    }
  }

  reset(): void {
    this.#entries.clear();
    this.#steps = 0;
  }

  /** By phase, the longest first. */
  rows(): ProfileRow[] {
    const all = [...this.#entries.values()].flatMap((ops) => [...ops.values()]);
    const totalMs = all.reduce((sum, { ms }) => sum + ms, 0);
    return profilePhases.flatMap((phase) =>
      [...(this.#entries.get(phase) ?? [])]
        .map(([op, { calls, ms }]) => ({
          phase,
          op,
          callsPerStep: calls / this.#steps,
          msPerStep: ms / this.#steps,
          share: ms / totalMs,
        }))
        .sort((a, b) => b.msPerStep - a.msPerStep),
    );
  }

  #charge(): void {
    if (this.#open === undefined) return;
    const nowMs = this.#now();
    this.#entry(this.#open.at(-1) ?? betweenOps[this.#phase]).ms += nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
  }

  #entry(op: string): Entry {
    let ops = this.#entries.get(this.#phase);
    if (ops === undefined) this.#entries.set(this.#phase, (ops = new Map<string, Entry>()));
    let entry = ops.get(op);
    if (entry === undefined) ops.set(op, (entry = { calls: 0, ms: 0 }));
    return entry;
  }
}
