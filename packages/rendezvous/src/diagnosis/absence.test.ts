import { describe, expect, it } from "@jest/globals";
import { ManualClock } from "@kolo/core";
import { AwakeTime } from "./awake-time.js";
import { diagnose } from "./diagnose.js";
import { jobOf, limits } from "../testing/job-fixture.js";

describe("a start timeout", () => {
  const missing = { registration: undefined };

  it("names who is missing and where each of them is", () => {
    const job = jobOf(3, { 0: missing, 1: { ...missing, process: { pid: 41, host: "here" } } });
    expect(diagnose(job, 29_999, limits).kind).toBe("nothing");
    expect(diagnose(job, 30_000, limits)).toMatchObject({
      rootCause: {
        rank: undefined,
        host: "launcher",
        error: {
          code: "rendezvous_timeout",
          message: expect.stringContaining(
            "expected 3 ranks to join within 30 s of the first, got 1; ranks 0 and 1 did not: " +
              "rank 0 has not called and rank 1 still runs (process 41 on here)",
          ),
        },
      },
    });
  });

  it("does not begin before a rank waits for others", () => {
    const job = jobOf(2, { 0: missing, 1: missing });
    expect(diagnose(job, 20_000, { ...limits, startTimeoutMs: 10_000 }).kind).toBe("nothing");
  });

  it("is no failure of programs that ended without kolo.init()", () => {
    const ended = { ...missing, exit: { exitCode: 0, signal: null, atMs: 5 } };
    expect(diagnose(jobOf(2, { 0: ended, 1: ended }), 99_000, limits).kind).toBe("nothing");
  });
});

describe("silence", () => {
  it("is a failure of the rank that no longer beats", () => {
    const job = jobOf(2, { 0: { heardAtMs: 30_000 } });
    expect(diagnose(job, 30_000, limits).kind).toBe("nothing");
    expect(diagnose(job, 30_001, limits)).toMatchObject({
      rootCause: {
        rank: 1,
        error: {
          code: "rank_failed",
          message: expect.stringContaining("rank 1 has not been heard of for 30 s"),
        },
      },
    });
  });

  it("is expected of a rank that has left or exited", () => {
    const job = jobOf(2, {
      0: { left: { submitted: 1, atMs: 0 } },
      1: { exit: { exitCode: 0, signal: null, atMs: 1 } },
    });
    expect(diagnose(job, 99_000, limits).kind).toBe("nothing");
  });
});

describe("awake time", () => {
  it("passes with the clock while it is looked at, and forgives a long sleep", () => {
    const clock = new ManualClock();
    const time = new AwakeTime(clock, 1000);
    for (let tick = 0; tick < 10; tick += 1) {
      clock.advance(100);
      time.now();
    }
    expect(time.now()).toBe(1000);
    clock.advance(3_600_000);
    expect(time.now()).toBe(2000);
  });
});
