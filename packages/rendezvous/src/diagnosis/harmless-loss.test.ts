import { describe, expect, it } from "@jest/globals";
import { diagnose } from "./diagnose.js";
import { codedError, jobOf, limits, progress } from "../testing/job-fixture.js";

const lostPeer = (ending = false) => ({
  failure: { error: codedError("peer_lost", "gone", { peer: 1 }), atMs: 1000, ending },
});
const idle = { progress: progress({ submitted: 3, completed: 3 }) };
const exit = { exitCode: 0, signal: null, atMs: 1000 };
const longAfter = 9000;

describe("a rank that lost a peer which had finished", () => {
  it.each([
    ["exited with 0", { exit }],
    ["left", { left: { submitted: 3, atMs: 1000 } }],
  ])("goes on where it is in no operation and the peer %s", (_how, finished) => {
    const job = jobOf(2, { 0: { ...idle, ...lostPeer() }, 1: finished }, longAfter);
    expect(diagnose(job, longAfter, { ...limits, stallWarningMs: 0 }).kind).toBe("nothing");
  });

  it("fails the job where it is in an operation", () => {
    const inOperation = { progress: progress({ submitted: 4, completed: 3 }) };
    const job = jobOf(2, { 0: { ...inOperation, ...lostPeer() }, 1: { exit } }, longAfter);
    expect(diagnose(job, longAfter, limits)).toMatchObject({
      rootCause: { rank: 1, error: { code: "rank_finished_early" } },
    });
  });

  it("fails the job by what it ends with later", () => {
    const bad = { exitCode: 3, signal: null, atMs: 2000 };
    const job = jobOf(2, { 0: { ...idle, ...lostPeer(), exit: bad }, 1: { exit } }, longAfter);
    expect(diagnose(job, longAfter, limits)).toMatchObject({
      rootCause: { rank: 0, exitCode: 3, error: { code: "rank_failed" } },
    });
  });

  it("fails the job where that ends its process", () => {
    const job = jobOf(2, { 0: { ...idle, ...lostPeer(true) }, 1: { exit } }, longAfter);
    expect(diagnose(job, longAfter, limits).kind).toBe("fail");
  });

  it("still complains where the peer has not finished", () => {
    const job = jobOf(2, { 0: { ...idle, ...lostPeer() } }, longAfter);
    expect(diagnose(job, longAfter, limits)).toMatchObject({
      rootCause: { rank: 0, error: { code: "peer_lost" } },
    });
  });
});
