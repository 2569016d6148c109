/**
 * The life of a job: one transition function, pure. It says what to do; job.ts does it.
 *
 *   running ── failed ───────────→ ending: grace ──1 s──→ terminating ──2 s──→ killing ──1 s──→ ended
 *   running ── interrupted ──────────────────────────────→ terminating …
 *   running ── all exited, well ─────────────────────────────────────────────────────────────→ ended
 *   running ── all exited, one badly ──→ awaiting verdict ──(failed, or 3 s)─────────────────→ ended
 *   ending  ── all exited ───────────────────────────────────────────────────────────────────→ ended
 *
 * The coordinator decides what the root cause is; the grace lets the ranks, which it has told,
 * print what they have to print and end by themselves. Everything is over within 4 s.
 */
import { type RootCause } from "@kolo/rendezvous";

/** What the end of the job was decided by. */
export type Outcome =
  | { readonly kind: "success" }
  | { readonly kind: "failure"; readonly cause: RootCause }
  /** Ranks ended badly and nobody said why. */
  | { readonly kind: "unexplained"; readonly exitCode: number }
  | { readonly kind: "interrupted"; readonly signal: NodeJS.Signals };

export type JobState =
  | { readonly kind: "running"; readonly alive: number; readonly firstBadExitCode: number }
  | { readonly kind: "awaiting-verdict"; readonly exitCode: number }
  | {
      readonly kind: "ending";
      readonly phase: "grace" | "terminating" | "killing";
      readonly alive: number;
      readonly outcome: Outcome;
    }
  | { readonly kind: "ended"; readonly outcome: Outcome };

export type JobEvent =
  /** A rank's process is gone; 128 + n where it died of a signal. */
  | { readonly kind: "exited"; readonly exitCode: number }
  /** The coordinator has found the root cause. */
  | { readonly kind: "failed"; readonly cause: RootCause }
  /** tsrun was told to end: a signal, or nobody reads its output any more (SIGPIPE). */
  | {
      readonly kind: "interrupted";
      readonly signal: NodeJS.Signals;
    }
  /** The timer that was armed last went off. */
  | { readonly kind: "timeout" };

export type JobEffect =
  /** Call back with "timeout" after this long; replaces the timer before. */
  | { readonly kind: "arm"; readonly delayMs: number }
  /** Tell the coordinator, and so the ranks, that it is over. */
  | { readonly kind: "abort"; readonly signal: NodeJS.Signals }
  /** To every rank's process group. */
  | { readonly kind: "signal"; readonly signal: "SIGTERM" | "SIGKILL" };

export interface Transition {
  readonly state: JobState;
  readonly effects: readonly JobEffect[];
}

export const graceMs = 1000;
export const terminateMs = 2000;
export const killMs = 1000;
/** The coordinator may wait 2 s for the cause of a symptom before it decides. */
export const verdictMs = 3000;

export function startJob(size: number): JobState {
  return { kind: "running", alive: size, firstBadExitCode: 0 };
}

export function transition(state: JobState, event: JobEvent): Transition {
  switch (state.kind) {
    case "running":
      return whileRunning(state, event);
    case "awaiting-verdict":
      return whileAwaiting(state, event);
    case "ending":
      return whileEnding(state, event);
    case "ended":
      return { state, effects: [] };
  }
}

type StateOf<Kind extends JobState["kind"]> = Extract<JobState, { kind: Kind }>;

function whileRunning(state: StateOf<"running">, event: JobEvent): Transition {
  switch (event.kind) {
    case "exited": {
      const alive = state.alive - 1;
      // The first to fall is the likelier to be to blame.
      const firstBadExitCode =
        state.firstBadExitCode === 0 ? event.exitCode : state.firstBadExitCode;
      if (alive > 0) return { state: { kind: "running", alive, firstBadExitCode }, effects: [] };
      if (firstBadExitCode === 0) return end({ kind: "success" });
      return {
        state: { kind: "awaiting-verdict", exitCode: firstBadExitCode },
        effects: [{ kind: "arm", delayMs: verdictMs }],
      };
    }
    case "failed":
      return {
        state: {
          kind: "ending",
          phase: "grace",
          alive: state.alive,
          outcome: { kind: "failure", cause: event.cause },
        },
        effects: [{ kind: "arm", delayMs: graceMs }],
      };
    case "interrupted":
      return terminate(state.alive, event, [abort(event)]);
    case "timeout":
      return { state, effects: [] };
  }
}

function whileAwaiting(state: StateOf<"awaiting-verdict">, event: JobEvent): Transition {
  switch (event.kind) {
    case "failed":
      return end({ kind: "failure", cause: event.cause });
    case "timeout":
    case "interrupted":
      return end({ kind: "unexplained", exitCode: state.exitCode });
    case "exited":
      return { state, effects: [] };
  }
}

function whileEnding(state: StateOf<"ending">, event: JobEvent): Transition {
  switch (event.kind) {
    case "exited": {
      const alive = state.alive - 1;
      return alive === 0 ? end(state.outcome) : { state: { ...state, alive }, effects: [] };
    }
    case "failed":
      return { state, effects: [] };
    case "interrupted":
      // Someone is impatient: the next step now. A failure that was found stays the outcome.
      return escalate(state);
    case "timeout":
      return state.phase === "killing" ? end(state.outcome) : escalate(state);
  }
}

function escalate(state: StateOf<"ending">): Transition {
  if (state.phase === "grace") return terminate(state.alive, state.outcome, []);
  return {
    state: { ...state, phase: "killing" },
    effects: [
      { kind: "signal", signal: "SIGKILL" },
      { kind: "arm", delayMs: killMs },
    ],
  };
}

function terminate(alive: number, outcome: Outcome, before: readonly JobEffect[]): Transition {
  return {
    state: { kind: "ending", phase: "terminating", alive, outcome },
    effects: [
      ...before,
      { kind: "signal", signal: "SIGTERM" },
      { kind: "arm", delayMs: terminateMs },
    ],
  };
}

function abort(event: Extract<JobEvent, { kind: "interrupted" }>): JobEffect {
  return { kind: "abort", signal: event.signal };
}

function end(outcome: Outcome): Transition {
  return { state: { kind: "ended", outcome }, effects: [] };
}
