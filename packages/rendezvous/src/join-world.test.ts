import { describe, expect, it } from "@jest/globals";
import { silentLogger, systemClock } from "@kolo/core";
import { startCoordinator } from "./coordinator.js";
import { limits } from "./testing/job-fixture.js";
import { startedJobs } from "./testing/started-jobs.js";

const start = startedJobs();

describe("joining", () => {
  it.each([1, 2, 4])("gives the same world to every one of %i ranks", async (size) => {
    const { coordinator, heard, joinAll } = await start(size);
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
    const { join } = await start(1);
    for (const token of ["", "another-token-of-a-job", "0123456789abcdef-secre"]) {
      await expect(join(0, { token })).rejects.toMatchObject({ code: "unauthenticated" });
    }
    await expect(join(0)).resolves.toMatchObject({ generation: 1 });
  });

  it("is refused for a rank that is there, which goes on undisturbed", async () => {
    const { join, heard } = await start(2);
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
    const { join } = await start(2);
    await expect(join(2)).rejects.toMatchObject({ code: "config_invalid" });
  });

  it("ends for everyone at the start timeout, naming who is missing", async () => {
    const { join, clock, coordinator } = await start(2);
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
    const { join } = await start(1);
    await expect(join(0, { koloVersion: "0.2.0" })).rejects.toMatchObject({
      code: "config_invalid",
      message: expect.stringMatching(/expected kolo 0\.1\.0 on every rank.*got 0\.2\.0/),
    });
  });

  it("fails at once where nobody listens", async () => {
    const { join } = await start(1);
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
