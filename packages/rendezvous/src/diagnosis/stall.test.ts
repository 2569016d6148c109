import { describe, expect, it } from "@jest/globals";
import { diagnose } from "./diagnose.js";
import { jobOf, limits, progress } from "../testing/job-fixture.js";

const waiting = (currentForMs: number) => ({
  progress: progress({ submitted: 13, completed: 12, current: 'allReduce "b0"', currentForMs }),
});
const behind = {
  progress: progress({ submitted: 12, completed: 12, last: 'allReduce "b9"', idleForMs: 63_000 }),
};

describe("a stalled operation", () => {
  it("is left alone until the warning is due", () => {
    expect(diagnose(jobOf(3, { 0: waiting(59_999), 2: behind }), 0, limits).kind).toBe("nothing");
  });

  it("is warned about: who is in it, who is not, and what those last did", () => {
    const job = jobOf(3, { 0: waiting(61_000), 1: waiting(60_500), 2: behind });
    expect(diagnose(job, 0, limits)).toEqual({
      kind: "warn",
      key: "stall 12",
      text:
        'operation #12, allReduce "b0", has not completed for 61 s: ranks 0 and 1 are in it, ' +
        'rank 2 is not; rank 2 last completed operation #11, allReduce "b9", 63 s ago',
    });
  });

  it("says what a rank does that never submitted anything, or is in an earlier operation", () => {
    const earlier = { submitted: 12, completed: 11, current: 'barrier "x"', currentForMs: 2000 };
    const job = jobOf(3, {
      0: waiting(61_000),
      1: { progress: progress({ idleForMs: 70_000 }) },
      2: { progress: progress(earlier) },
    });
    expect(diagnose(job, 5000, limits)).toMatchObject({
      text: expect.stringContaining(
        "ranks 1 and 2 are not; rank 1 has submitted no operation in the 70 s since it joined, and " +
          'was last heard of 5 s ago; rank 2 has been in operation #11, barrier "x", for 2 s',
      ),
    });
  });

  it("fails at the stall timeout, and blames a rank that alone is missing", () => {
    const job = jobOf(3, { 0: waiting(600_000), 1: waiting(1), 2: behind });
    expect(diagnose(job, 0, limits)).toMatchObject({
      rootCause: { rank: 2, exitCode: 1, error: { code: "stalled" } },
    });
  });

  it("names the ranks furthest behind where all are in it", () => {
    const further = { progress: progress({ submitted: 15, completed: 14 }) };
    const job = jobOf(3, { 0: waiting(61_000), 1: further, 2: waiting(61_000) });
    expect(diagnose(job, 0, limits)).toMatchObject({
      text: expect.stringContaining(
        "all ranks are in it; ranks 0 and 2 have completed the fewest operations, 12",
      ),
    });
  });

  it("names the ranks that have not started what others follow it with", () => {
    const later = { progress: progress({ submitted: 14, completed: 12, currentForMs: 61_000 }) };
    const job = jobOf(3, { 0: later, 1: waiting(61_000), 2: later });
    expect(diagnose(job, 0, limits)).toMatchObject({
      text: expect.stringContaining(
        "all ranks are in it; rank 1 has started the fewest operations, 13",
      ),
    });
  });

  it("is never spoken of where the limits are 0", () => {
    const job = jobOf(3, { 0: waiting(9e9) });
    const never = { ...limits, stallWarningMs: 0, stallTimeoutMs: 0 };
    expect(diagnose(job, 0, never).kind).toBe("nothing");
  });
});
