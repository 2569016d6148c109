import { describe, expect, it } from "@jest/globals";
import { diagnose } from "./diagnose.js";
import { codedError, jobOf, limits, plainError } from "../testing/job-fixture.js";
import { type RankState } from "./job-state.js";

const exit = (
  exitCode: number | null,
  signal: NodeJS.Signals | null,
  atMs = 0,
): Partial<RankState> => ({
  exit: { exitCode, signal, atMs },
});

describe("a primary cause", () => {
  it("names the signal that killed a rank, at once, with exit code 128 + n", () => {
    const job = jobOf(3, { 2: exit(null, "SIGKILL", 10) });
    expect(diagnose(job, 10, limits)).toEqual({
      kind: "fail",
      reason: "a process ended badly",
      rootCause: {
        rank: 2,
        host: "host-2",
        exitCode: 137,
        error: codedError("rank_failed", "rank 2 was killed by SIGKILL", {
          rank: 2,
          host: "host-2",
        }),
      },
    });
  });

  it("gives a bare exit code a moment for the error that explains it", () => {
    const job = jobOf(3, { 2: exit(3, null) });
    expect(diagnose(job, 499, limits).kind).toBe("nothing");
    expect(diagnose(job, 500, limits)).toMatchObject({
      rootCause: {
        rank: 2,
        exitCode: 3,
        error: { message: "[rank_failed] rank 2 exited with code 3" },
      },
    });
  });

  it("joins a reported error with the exit code that follows", () => {
    const failure = { error: plainError, atMs: 0, ending: true };
    expect(diagnose(jobOf(2, { 1: { failure } }), 499, limits).kind).toBe("nothing");
    const ended = jobOf(2, { 1: { failure, ...exit(7, null, 90) } });
    expect(diagnose(ended, 90, limits)).toMatchObject({
      rootCause: { rank: 1, exitCode: 7, error: plainError },
    });
  });

  it("does not wait for ever for a process that reported an error and lingers", () => {
    const job = jobOf(2, { 1: { failure: { error: plainError, atMs: 0, ending: true } } });
    expect(diagnose(job, 500, limits)).toMatchObject({ rootCause: { exitCode: 1 } });
  });

  it("takes an error that came over the stream at once, with exit code 1", () => {
    const error = codedError("operation_mismatch");
    const job = jobOf(2, { 0: { failure: { error, atMs: 5, ending: false } } });
    expect(diagnose(job, 5, limits)).toMatchObject({ rootCause: { rank: 0, error, exitCode: 1 } });
  });

  it("never lets an exit code of 0 make a failure a success", () => {
    const failure = { error: plainError, atMs: 0, ending: true };
    const job = jobOf(2, { 1: { failure, ...exit(0, null, 1) } });
    expect(diagnose(job, 1, limits)).toMatchObject({ rootCause: { exitCode: 1 } });
  });

  it("is the earliest, even while that one still waits for its exit code", () => {
    const job = jobOf(3, {
      1: { failure: { error: plainError, atMs: 3, ending: true } },
      2: exit(null, "SIGSEGV", 4),
    });
    expect(diagnose(job, 10, limits).kind).toBe("nothing");
    expect(diagnose(job, 503, limits)).toMatchObject({ rootCause: { rank: 1 } });
  });

  it("counts for a rank that has already left", () => {
    const job = jobOf(1, { 0: { left: { submitted: 4, atMs: 0 }, ...exit(3, null) } });
    expect(diagnose(job, 500, limits)).toMatchObject({ rootCause: { rank: 0, exitCode: 3 } });
  });
});
