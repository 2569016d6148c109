import { describe, expect, it } from "@jest/globals";
import { diagnose } from "./diagnose.js";
import { jobOf, limits, progress } from "../testing/job-fixture.js";

const left = (atMs: number) => ({ left: { submitted: 12, atMs } });
const away = {
  progress: progress({ submitted: 12, completed: 12, last: 'allReduce "b9"', idleForMs: 63_000 }),
};

describe("a rank that does not come to kolo.shutdown()", () => {
  it("is left alone until the warning is due", () => {
    const job = jobOf(2, { 0: away, 1: left(1000) }, 60_999);
    expect(diagnose(job, 60_999, limits).kind).toBe("nothing");
  });

  it("is warned about: who waits, who is not there, and what that one last did", () => {
    const job = jobOf(3, { 0: away, 1: left(1000), 2: left(30_000) }, 62_000);
    expect(diagnose(job, 62_000, limits)).toEqual({
      kind: "warn",
      key: "kolo.shutdown()",
      text:
        "kolo.shutdown() has not completed for 61 s: ranks 1 and 2 wait in it, rank 0 is not there; " +
        'rank 0 last completed operation #11, allReduce "b9", 63 s ago. ' +
        "Every rank must call it; --stall-timeout gives more time",
    });
  });

  it("fails the job at the stall timeout, and is blamed where it alone is missing", () => {
    const job = jobOf(2, { 0: away, 1: left(0) }, 600_000);
    expect(diagnose(job, 600_000, limits)).toMatchObject({
      rootCause: {
        rank: 0,
        exitCode: 1,
        error: { code: "stalled", context: { operation: "kolo.shutdown()" } },
      },
    });
  });

  it("keeps nobody waiting whose process has ended", () => {
    const exit = { exitCode: 0, signal: null, atMs: 0 };
    const job = jobOf(2, { 0: away, 1: { ...left(0), exit } }, 9e9);
    expect(diagnose(job, 9e9, limits).kind).toBe("nothing");
  });

  it("is never spoken of where the limits are 0", () => {
    const job = jobOf(2, { 0: away, 1: left(0) }, 9e9);
    const never = { ...limits, stallWarningMs: 0, stallTimeoutMs: 0 };
    expect(diagnose(job, 9e9, never).kind).toBe("nothing");
  });
});
