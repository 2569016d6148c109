import { describe, expect, it } from "@jest/globals";
import { diagnose } from "./diagnose.js";
import { codedError, jobOf, limits, progress } from "../testing/job-fixture.js";

const inOperation = (completed: number) => ({
  progress: progress({
    submitted: completed + 1,
    completed,
    current: 'allReduce "loss" float32[] average',
    currentForMs: 400,
  }),
});
const exitedWith0 = { exit: { exitCode: 0, signal: null, atMs: 1000 } };

describe("a rank that finished early", () => {
  it("fails the job as soon as another needs it, naming operation and ranks", () => {
    const job = jobOf(3, {
      0: inOperation(10),
      1: inOperation(10),
      2: { left: { submitted: 10, atMs: 0 } },
    });
    expect(diagnose(job, 0, limits)).toMatchObject({
      kind: "fail",
      rootCause: {
        rank: 2,
        host: "host-2",
        exitCode: 1,
        error: codedError(
          "rank_finished_early",
          'expected rank 2 to take part in operation #10, allReduce "loss" float32[] average, but it ' +
            "finished after 10 operations; ranks 0 and 1 wait for it, rank 0 for 0.4 s. " +
            "Every rank must take the same number of steps",
          {
            rank: 2,
            host: "host-2",
            operation: 'operation #10, allReduce "loss" float32[] average',
          },
        ),
      },
    });
  });

  it("disturbs nobody who is still in what it took part in", () => {
    const job = jobOf(2, { 0: inOperation(9), 1: { left: { submitted: 10, atMs: 0 } } });
    expect(diagnose(job, 0, limits).kind).toBe("nothing");
  });

  it("counts the same when it exited with 0 without leaving, once what it sent must have arrived", () => {
    const at = (heardAtMs: number) =>
      jobOf(2, { 0: { ...inOperation(10), heardAtMs }, 1: exitedWith0 });
    expect(diagnose(at(1400), 1500, limits).kind).toBe("nothing");
    expect(diagnose(at(1500), 1500, limits)).toMatchObject({
      rootCause: { rank: 1, error: { code: "rank_finished_early" } },
    });
  });

  it("is the cause where a peer in an operation only sees its connection break", () => {
    const error = codedError("peer_lost", "gone", { peer: 1, operation: 'barrier "end"' });
    const job = jobOf(2, {
      0: { ...inOperation(3), failure: { error, atMs: 1001, ending: false } },
      1: { ...exitedWith0, progress: progress({ submitted: 3, completed: 3 }) },
    });
    expect(diagnose(job, 1001, limits)).toMatchObject({
      rootCause: { rank: 1, error: { code: "rank_finished_early" } },
    });
  });

  it("counts when it ended before it joined and others wait for the world", () => {
    const job = jobOf(2, { 1: { ...exitedWith0, registration: undefined } });
    expect(diagnose(job, 1000, limits)).toMatchObject({
      rootCause: {
        error: { message: expect.stringContaining("exited with code 0 before kolo.init()") },
      },
    });
  });

  it("is no failure when all finish", () => {
    const job = jobOf(2, { 0: { left: { submitted: 12, atMs: 0 } }, 1: exitedWith0 });
    expect(diagnose(job, 90_000, limits).kind).toBe("nothing");
  });
});
