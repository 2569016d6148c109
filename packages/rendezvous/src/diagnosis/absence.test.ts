import { describe, expect, it } from "@jest/globals";
import { ManualClock } from "@kolo/core";
import { AwakeTime } from "./awake-time.js";
import { diagnose } from "./diagnose.js";
import { jobOf, limits } from "./job-fixture.js";

describe("a start timeout", () => {
  const missing = { registration: undefined };

  it("names who is missing and where each of them is", () => {
    const job = jobOf(4, {
      0: missing,
      1: { ...missing, process: { pid: 41, host: "here" } },
      2: { ...missing, exit: { exitCode: 0, signal: null, atMs: 5 } },
      3: missing,
    });
    expect(diagnose(job, 29_999, limits).kind).toBe("nothing");
    expect(diagnose(job, 30_000, limits)).toMatchObject({
      rootCause: {
        rank: undefined,
        host: "launcher",
        error: {
          code: "rendezvous_timeout",
          message: expect.stringContaining(
            "expected 4 ranks to join within 30 s, got 0; ranks 0-3 did not: rank 0 has not called, " +
              "rank 1 still runs (process 41 on here), rank 2 has exited with code 0 and rank 3 has not called",
          ),
        },
      },
    });
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
      0: { left: { submitted: 1 } },
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
