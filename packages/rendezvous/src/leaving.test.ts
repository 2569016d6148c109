import { describe, expect, it } from "@jest/globals";
import { KoloError } from "@kolo/core";
import { limits, progress } from "./testing/job-fixture.js";
import { startedJobs } from "./testing/started-jobs.js";

const start = startedJobs();

describe("leaving", () => {
  it("ends when all have left; the launcher is told first, with every rank's statistics", async () => {
    const { heard, joinAll, coordinator } = await start(3);
    const memberships = await joinAll();
    await Promise.all(
      memberships.map(async (one) => {
        await one.leave();
        heard.push("left");
      }),
    );
    expect(heard).toEqual(["farewell", "left", "left", "left"]);
    expect(coordinator.statistics().map((one) => one?.steps)).toEqual([0, 1, 2]);
  });

  it("does not wait for a rank whose process ended well without a word", async () => {
    const { joinAll, coordinator } = await start(2);
    const [first, second] = await joinAll();
    const left = first?.leave();
    await second?.close();
    coordinator.rankExited(1, { exitCode: 0, signal: null });
    await left;
  });

  it("fails the job when another rank still needs the one that left", async () => {
    const { arrived, heard, join, next, clock, progress: ranks } = await start(2);
    const [first, second] = await Promise.all([join(0), join(1)]);
    const failure = next("failure");
    const left = expect(second.leave()).rejects.toMatchObject({ code: "rank_finished_early" });
    ranks[0] = progress({ submitted: 1, current: 'barrier "b"' });
    clock.advance(1000);
    await arrived(first, second);
    clock.advance(100);
    expect(await failure).toMatchObject([{ rank: 1 }]);
    await left;
    expect(heard).not.toContain("farewell");
  });

  it("makes a rank that stays away a warning, and then a failure", async () => {
    const { arrived, join, next, clock } = await start(2, { heartbeatTimeoutMs: 9e9 });
    const [, second] = await Promise.all([join(0), join(1)]);
    const [warning, failure] = [next("warning"), next("failure")];
    const left = expect(second.leave()).rejects.toMatchObject({ code: "stalled" });
    await arrived(second);
    const pass = (ms: number): void => {
      for (let passedMs = 0; passedMs < ms; passedMs += 1000) clock.advance(1000);
    };
    pass(limits.stallWarningMs);
    expect(await warning).toEqual([
      expect.stringContaining("rank 1 waits in it, rank 0 is not there"),
    ]);
    pass(limits.stallTimeoutMs);
    expect(await failure).toMatchObject([{ rank: 0, error: { code: "stalled" } }]);
    await left;
  });

  it("lets a rank that then lost it, and needs it no more, fail for another reason", async () => {
    const { arrived, join, next, coordinator } = await start(2);
    const [first, second] = await Promise.all([join(0), join(1)]);
    const left = expect(second.leave()).rejects.toMatchObject({ code: "operation_mismatch" });
    await arrived(second);
    const failure = next("failure");
    first.fail(new KoloError("peer_lost", "gone", { rank: 0, peer: 1 }));
    first.fail(new KoloError("operation_mismatch", "expected A, got B", { rank: 0 }));
    expect(await failure).toMatchObject([{ rank: 0, error: { code: "operation_mismatch" } }]);
    expect(coordinator.rootCause).toBeDefined();
    await left;
  });

  it("makes later calls of the rank fail", async () => {
    const [only] = await (await start(1)).joinAll();
    await only?.leave();
    await expect(only?.proposeManifest([])).rejects.toMatchObject({ code: "not_initialized" });
    await expect(only?.leave()).rejects.toMatchObject({ code: "not_initialized" });
  });
});
