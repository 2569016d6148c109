import { describe, expect, it } from "@jest/globals";
import { type RootCause } from "@kolo/rendezvous";
import fc from "fast-check";
import {
  type JobEffect,
  type JobEvent,
  type JobState,
  killMs,
  graceMs,
  startJob,
  terminateMs,
  transition,
  verdictMs,
} from "./supervise.js";

const cause: RootCause = {
  rank: 1,
  host: "h",
  error: { name: "Error", message: "boom" },
  exitCode: 3,
};
const failed: JobEvent = { kind: "failed", cause };
const timeout: JobEvent = { kind: "timeout" };
const interrupted: JobEvent = { kind: "interrupted", signal: "SIGINT" };
const exited = (exitCode = 0): JobEvent => ({ kind: "exited", exitCode });

function play(size: number, ...events: JobEvent[]): { state: JobState; effects: JobEffect[] } {
  let state = startJob(size);
  const effects: JobEffect[] = [];
  for (const event of events) {
    const next = transition(state, event);
    state = next.state;
    effects.push(...next.effects);
  }
  return { state, effects };
}

const arm = (delayMs: number): JobEffect => ({ kind: "arm", delayMs });
const signal = (name: "SIGTERM" | "SIGKILL"): JobEffect => ({ kind: "signal", signal: name });

describe("a job", () => {
  it("succeeds when all ranks exit with 0", () => {
    expect(play(2, exited()).state.kind).toBe("running");
    expect(play(2, exited(), exited())).toEqual({
      state: { kind: "ended", outcome: { kind: "success" } },
      effects: [],
    });
  });

  it("gives the ranks of a failed job time to end, then SIGTERM, then SIGKILL", () => {
    const { state, effects } = play(2, failed, timeout, timeout, timeout);
    expect(effects).toEqual([
      arm(graceMs),
      signal("SIGTERM"),
      arm(terminateMs),
      signal("SIGKILL"),
      arm(killMs),
    ]);
    expect(graceMs + terminateMs + killMs).toBeLessThan(5000);
    expect(state).toEqual({ kind: "ended", outcome: { kind: "failure", cause } });
  });

  it("ends as soon as all ranks of a failed job have ended", () => {
    expect(play(2, failed, exited(1), exited()).state).toEqual({
      kind: "ended",
      outcome: { kind: "failure", cause },
    });
  });

  it("waits for the coordinator's word when all ranks are gone and one ended badly", () => {
    const { state, effects } = play(2, exited(3), exited(1));
    expect(state).toEqual({ kind: "awaiting-verdict", exitCode: 3 });
    expect(effects).toEqual([arm(verdictMs)]);
    expect(transition(state, failed).state).toMatchObject({ outcome: { kind: "failure" } });
    expect(transition(state, timeout).state).toMatchObject({
      outcome: { kind: "unexplained", exitCode: 3 },
    });
  });

  it("tells the ranks and ends them when it is interrupted", () => {
    const { state, effects } = play(1, interrupted);
    expect(effects).toEqual([
      { kind: "abort", signal: "SIGINT" },
      signal("SIGTERM"),
      arm(terminateMs),
    ]);
    expect(transition(state, exited(143)).state).toMatchObject({
      kind: "ended",
      outcome: { kind: "interrupted", signal: "SIGINT" },
    });
  });

  it("kills at once when it is interrupted again", () => {
    expect(play(1, interrupted, interrupted).effects.slice(3)).toEqual([
      signal("SIGKILL"),
      arm(killMs),
    ]);
  });

  it("keeps the first reason, whatever comes later", () => {
    expect(play(1, interrupted, failed, exited(1)).state).toMatchObject({
      outcome: { kind: "interrupted" },
    });
    expect(play(1, failed, interrupted, exited(1)).state).toMatchObject({
      outcome: { kind: "failure" },
    });
  });

  it("always ends within four timers of the last thing that happened", () => {
    const event = fc.oneof(
      fc.constantFrom(failed, timeout, interrupted),
      fc.nat(255).map((code) => exited(code)),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), fc.array(event), (size, events) => {
        // No more ranks exit than there are.
        let left = size;
        const possible = events.filter((one) => one.kind !== "exited" || left-- > 0);
        const isRunning = play(size, ...possible).state.kind === "running";
        const after = [...possible, ...(isRunning ? [failed] : []), timeout, timeout, timeout];
        expect(play(size, ...after).state.kind).toBe("ended");
      }),
    );
  });
});
