/** What a coordinator does between the joining of its ranks and their leaving. */
import { describe, expect, it } from "@jest/globals";
import { KoloError, toWire } from "@kolo/core";
import { limits, plainError, progress } from "./testing/job-fixture.js";
import { noStatistics } from "./testing/test-job.js";
import { startedJobs } from "./testing/started-jobs.js";

const start = startedJobs();

describe("manifests", () => {
  const entry = { name: "dense_1/kernel", shape: [2, 2], dtype: "float32" } as const;

  it("that agree let every rank go on, as often as they are compared", async () => {
    const memberships = await (await start(2)).joinAll();
    for (const entries of [[entry], []]) {
      await Promise.all(memberships.map((one) => one.proposeManifest(entries)));
    }
  });

  it("that differ are an error on every rank, and the job's failure only if a rank makes it one", async () => {
    const { heard, joinAll } = await start(3);
    const memberships = await joinAll();
    const results = await Promise.allSettled(
      memberships.map((one, rank) => one.proposeManifest([{ ...entry, shape: [2, rank % 2] }])),
    );
    for (const result of results) {
      expect(result).toMatchObject({
        status: "rejected",
        reason: { code: "manifest_mismatch", message: expect.stringContaining("parameter 0 is") },
      });
    }
    expect(heard).toEqual([]);
  });
});

describe("training progress", () => {
  it("reaches the launcher with the rank's number", async () => {
    const { joinAll, next } = await start(2);
    const [, second] = await joinAll();
    const shown = {
      epoch: 1,
      epochs: 2,
      step: 3,
      stepsPerEpoch: 4,
      samplesPerSecond: 5,
      metrics: [["loss", 0.5] as const],
      epochEnd: false,
    };
    const heard = next("progress");
    second?.report(shown);
    expect(await heard).toEqual([1, shown]);
  });
});

describe("failure", () => {
  it("of one rank reaches all, once, as the same root cause", async () => {
    const { heard, joinAll, next, collect, coordinator } = await start(3);
    await joinAll();
    const [failure, aborts] = [next("failure"), collect(3, "abort")];
    coordinator.rankReported(1, plainError);
    coordinator.rankExited(1, { exitCode: 7, signal: null });
    coordinator.rankExited(0, { exitCode: null, signal: "SIGTERM" });
    const rootCause = { rank: 1, host: "host-1", exitCode: 7, error: plainError };
    expect(await failure).toEqual([rootCause]);
    for (const abort of await aborts) {
      expect(abort).toMatchObject({
        rootCause,
        error: {
          code: "rank_failed",
          message: "[rank_failed] rank 1 on host-1 failed: x is not a function",
          context: { rank: 1, host: "host-1" },
          cause: { name: "TypeError", message: "x is not a function", stack: "at train.ts:3" },
        },
      });
    }
    expect(heard.filter((what) => what === "failure")).toHaveLength(1);
    expect(coordinator.rootCause).toEqual(rootCause);
  });

  it("reported over the stream keeps its code on every rank", async () => {
    const { joinAll, collect } = await start(2);
    const [first] = await joinAll();
    const aborts = collect(2, "abort");
    first?.fail(new KoloError("operation_mismatch", "expected A, got B", { rank: 0, peer: 1 }));
    for (const abort of await aborts) {
      expect(abort).toMatchObject({
        error: {
          code: "operation_mismatch",
          message: "[operation_mismatch] rank 0 on host-0 failed: expected A, got B",
        },
      });
    }
  });

  it("rejects what waits: a comparison, a farewell, and whoever joins later", async () => {
    const { join, joinAll, coordinator } = await start(2);
    const [first, second] = await joinAll();
    const waiting = [first?.proposeManifest([]), second?.leave()];
    const error = toWire(new KoloError("interrupted", "by Ctrl-C"));
    const interrupted = { code: "interrupted", message: "[interrupted] by Ctrl-C" };
    const rejected = waiting.map((one) => expect(one).rejects.toMatchObject(interrupted));
    coordinator.abort({ rank: undefined, host: "launcher", error, exitCode: 130 });
    await Promise.all(rejected);
    await expect(join(0)).rejects.toMatchObject({ code: "unauthenticated" });
  });

  it("of a rank that disconnects is that of its process, when it has ended", async () => {
    const { arrived, heard, join, next, clock, coordinator } = await start(2);
    const [first, second] = await Promise.all([join(0), join(1)]);
    await second.close();
    await arrived(first);
    clock.advance(1000);
    expect(heard).toEqual([]);
    const failure = next("failure");
    coordinator.rankExited(1, { exitCode: null, signal: "SIGKILL" });
    expect(await failure).toMatchObject([{ rank: 1, exitCode: 137 }]);
  });

  it("of a coordinator that is gone is known to every rank", async () => {
    const { joinAll, collect, coordinator } = await start(2);
    await joinAll();
    const aborts = collect(2, "abort");
    await coordinator.close();
    for (const abort of await aborts) {
      expect(abort).toMatchObject({ rootCause: undefined, error: { code: "coordinator_lost" } });
    }
  });
});

describe("time", () => {
  const stuck = (currentForMs: number) =>
    progress({ submitted: 5, completed: 4, current: 'barrier "b"', currentForMs });

  it("makes a stall a warning, once, and then a failure", async () => {
    const { arrived, heard, joinAll, next, clock, progress: ranks } = await start(2);
    const memberships = await joinAll();
    const beatAll = async (currentForMs: number): Promise<void> => {
      ranks[0] = stuck(currentForMs);
      clock.advance(1000);
      await arrived(...memberships);
    };
    await beatAll(limits.stallWarningMs);
    const warning = next("warning");
    clock.advance(300);
    expect(await warning).toEqual([
      expect.stringContaining('operation #4, barrier "b", has not completed for 60 s'),
    ]);
    await beatAll(limits.stallTimeoutMs);
    const failure = next("failure");
    clock.advance(300);
    expect(await failure).toMatchObject([{ rank: 1, error: { code: "stalled" } }]);
    expect(heard.filter((what) => what === "warning")).toHaveLength(1);
  });

  it("loses a rank that no longer beats", async () => {
    const { join, next, clock } = await start(1, { heartbeatTimeoutMs: 5000 });
    await join(0, { heartbeatMs: 9e9 });
    const failure = next("failure");
    clock.advance(5200);
    expect(await failure).toMatchObject([
      { rank: 0, error: { message: expect.stringContaining("has not been heard of for 5") } },
    ]);
  });

  it("makes every rank beat each second", async () => {
    const { arrived, clock, coordinator, join, progress: ranks } = await start(1);
    let beats = 0;
    const only = await join(0, {
      progress: () => ranks[0] ?? progress(),
      statistics: () => ({ ...noStatistics, steps: ++beats }),
    });
    for (const steps of [1, 2, 3]) {
      clock.advance(1000);
      await arrived(only);
      expect(coordinator.statistics()).toMatchObject([{ steps }]);
    }
  });
});
