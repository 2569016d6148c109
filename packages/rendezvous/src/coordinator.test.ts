import { afterEach, describe, expect, it } from "@jest/globals";
import { KoloError, silentLogger, systemClock, toWire } from "@kolo/core";
import { startCoordinator } from "./coordinator.js";
import { limits, plainError, progress } from "./testing/job-fixture.js";
import { noStatistics, TestJob } from "./testing/test-job.js";

let job: TestJob | undefined;
const start = async (...parameters: Parameters<typeof TestJob.start>): Promise<TestJob> => {
  job = await TestJob.start(...parameters);
  return job;
};
afterEach(async () => {
  await job?.close();
  job = undefined;
});

describe("joining", () => {
  it.each([1, 2, 4])("gives the same world to every one of %i ranks", async (size) => {
    const { coordinator, heard, joinAll } = bound(await start(size));
    expect(coordinator.address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(heard).toEqual([]);
    const memberships = await joinAll();
    const members = Array.from({ length: size }, (_, rank) => {
      return { rank, address: `127.0.0.1:${9000 + rank}`, host: `host-${rank}`, pid: process.pid };
    });
    for (const membership of memberships) {
      expect(membership.generation).toBe(1);
      expect(membership.members).toEqual(members);
    }
    expect(heard).toEqual([]);
  });

  it("is refused without the token of the job, with another one, and with a prefix of it", async () => {
    const { join } = bound(await start(1));
    for (const token of ["", "another-token-of-a-job", "0123456789abcdef-secre"]) {
      await expect(join(0, { token })).rejects.toMatchObject({ code: "unauthenticated" });
    }
    await expect(join(0)).resolves.toMatchObject({ generation: 1 });
  });

  it("is refused for a rank that is there, which goes on undisturbed", async () => {
    const { join, heard } = bound(await start(2));
    const first = join(0);
    const world = join(1);
    await first;
    await expect(join(0)).rejects.toMatchObject({
      code: "unauthenticated",
      message: expect.stringContaining("rank 0 has joined this job before"),
    });
    await world;
    expect(heard).toEqual([]);
  });

  it("is refused for a rank that there is not", async () => {
    const { join } = bound(await start(2));
    await expect(join(2)).rejects.toMatchObject({ code: "config_invalid" });
  });

  it("ends for everyone at the start timeout, naming who is missing", async () => {
    const { join, clock, coordinator } = bound(await start(2));
    coordinator.rankStarted(1, { pid: 4711, host: "here" });
    const joining = expect(join(0)).rejects.toMatchObject({
      code: "rendezvous_timeout",
      message: expect.stringContaining("rank 1 still runs (process 4711 on here)"),
    });
    // The time starts when rank 0 has joined, which takes the loopback a moment.
    const ticking = setInterval(() => {
      clock.advance(limits.startTimeoutMs);
    }, 5);
    await joining;
    clearInterval(ticking);
  });

  it("is refused for a rank of another version of kolo", async () => {
    const { join } = bound(await start(1));
    await expect(join(0, { koloVersion: "0.2.0" })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringMatching(/expected kolo 0\.1\.0 on every rank.*got 0\.2\.0/),
    });
  });

  it("fails at once where nobody listens", async () => {
    const { join } = bound(await start(1));
    const failed = join(0, { coordinator: "127.0.0.1:1" });
    await expect(failed).rejects.toMatchObject({ code: "coordinator_lost" });
  });

  it("listens on loopback only, and never with a token that can be guessed", async () => {
    const options = {
      size: 1,
      token: "0123456789abcdef",
      koloVersion: "0.1.0",
      clock: systemClock,
      logger: silentLogger,
      limits,
      listener: {
        onProgress: () => undefined,
        onWarning: () => undefined,
        onFailure: () => undefined,
        onFarewell: () => undefined,
      },
    };
    const invalid = { code: "config_invalid" };
    await expect(
      startCoordinator({ ...options, listenOn: { host: "0.0.0.0" } }),
    ).rejects.toMatchObject(invalid);
    await expect(startCoordinator({ ...options, token: "short" })).rejects.toMatchObject(invalid);
  });
});

describe("manifests", () => {
  const entry = { name: "dense_1/kernel", shape: [2, 2], dtype: "float32" } as const;

  it("that agree let every rank go on, as often as they are compared", async () => {
    const memberships = await (await start(2)).joinAll();
    for (const entries of [[entry], []]) {
      await Promise.all(memberships.map((one) => one.proposeManifest(entries)));
    }
  });

  it("that differ are an error on every rank, and the job's failure only if a rank makes it one", async () => {
    const { heard, joinAll } = bound(await start(3));
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
    const { joinAll, next } = bound(await start(2));
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

describe("leaving", () => {
  it("ends when all have left; the launcher is told first, with every rank's statistics", async () => {
    const { heard, joinAll, coordinator } = bound(await start(3));
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
    const { joinAll, coordinator } = bound(await start(2));
    const [first, second] = await joinAll();
    const left = first?.leave();
    await second?.close();
    coordinator.rankExited(1, { exitCode: 0, signal: null });
    await left;
  });

  it("fails the job when another rank still needs the one that left", async () => {
    const { arrived, heard, join, next, clock, progress: ranks } = bound(await start(2));
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
    const { arrived, join, next, clock } = bound(await start(2, { heartbeatTimeoutMs: 9e9 }));
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
    const { arrived, join, next, coordinator } = bound(await start(2));
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

describe("failure", () => {
  it("of one rank reaches all, once, as the same root cause", async () => {
    const { heard, joinAll, next, collect, coordinator } = bound(await start(3));
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
    const { joinAll, collect } = bound(await start(2));
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
    const { join, joinAll, coordinator } = bound(await start(2));
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
    const { arrived, heard, join, next, clock, coordinator } = bound(await start(2));
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
    const { joinAll, collect, coordinator } = bound(await start(2));
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
    const { arrived, heard, joinAll, next, clock, progress: ranks } = bound(await start(2));
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
    const { join, next, clock } = bound(await start(1, { heartbeatTimeoutMs: 5000 }));
    await join(0, { heartbeatMs: 9e9 });
    const failure = next("failure");
    clock.advance(5200);
    expect(await failure).toMatchObject([
      { rank: 0, error: { message: expect.stringContaining("has not been heard of for 5") } },
    ]);
  });

  it("makes every rank beat each second", async () => {
    const { arrived, clock, coordinator, join, progress: ranks } = bound(await start(1));
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

/** The members that tests take out of a job one by one. */
function bound(all: TestJob) {
  return {
    arrived: all.arrived.bind(all),
    clock: all.clock,
    heard: all.heard,
    progress: all.progress,
    coordinator: all.coordinator,
    join: all.join.bind(all),
    joinAll: all.joinAll.bind(all),
    next: all.next.bind(all),
    collect: all.collect.bind(all),
  };
}
