import { describe, expect, it } from "@jest/globals";
import { toWire, KoloError } from "@kolo/core";
import { diagnose } from "./diagnose.js";
import { codedError, jobOf, limits } from "../testing/job-fixture.js";
import { symptomOf } from "./symptom.js";

const lostPeer = (peer: number, atMs = 0) => ({
  failure: { error: codedError("peer_lost", `lost rank ${peer}`, { peer }), atMs, ending: false },
});
const broken = (atMs = 0) => ({ disconnected: { atMs, details: "the connection was closed" } });

describe("a symptom", () => {
  it("waits for its cause, and the cause wins", () => {
    const before = jobOf(3, { 0: lostPeer(2) });
    expect(diagnose(before, 1999, limits).kind).toBe("nothing");
    const after = jobOf(3, {
      0: lostPeer(2),
      2: { exit: { exitCode: null, signal: "SIGKILL", atMs: 1500 } },
    });
    expect(diagnose(after, 1500, limits)).toMatchObject({ rootCause: { rank: 2, exitCode: 137 } });
  });

  it("is the cause when nothing better comes within the grace", () => {
    expect(diagnose(jobOf(3, { 0: lostPeer(2) }), 2000, limits)).toMatchObject({
      rootCause: { rank: 0, exitCode: 1, error: { code: "peer_lost" } },
    });
  });

  it("explains the exit of the rank that showed it", () => {
    const job = jobOf(3, { 0: { ...lostPeer(2), exit: { exitCode: 1, signal: null, atMs: 4 } } });
    expect(diagnose(job, 1999, limits).kind).toBe("nothing");
    expect(diagnose(job, 2000, limits)).toMatchObject({ rootCause: { rank: 0 } });
  });

  it("does not hide that the rank that showed it was killed", () => {
    const job = jobOf(3, {
      0: { ...lostPeer(2), exit: { exitCode: null, signal: "SIGSEGV", atMs: 4 } },
    });
    expect(diagnose(job, 4, limits)).toMatchObject({ rootCause: { rank: 0, exitCode: 139 } });
  });

  it("casts suspicion on a rank whose stream broke without a word before those that complain", () => {
    const job = jobOf(3, { 0: { ...lostPeer(2), ...broken(5) }, 2: broken(8) });
    expect(diagnose(job, 2000, limits)).toMatchObject({
      rootCause: { rank: 2, host: "host-2", error: { code: "rank_failed" } },
    });
  });

  it("is no symptom that the stream of a rank that exited with 0 ended", () => {
    const job = jobOf(2, { 1: { ...broken(), exit: { exitCode: 0, signal: null, atMs: 1 } } });
    expect(diagnose(job, 5000, limits).kind).toBe("nothing");
  });

  it("is recognised in what led to an error", () => {
    const lost = new KoloError("peer_lost", "gone", { rank: 0, peer: 3 });
    const thrown = toWire(new Error("training failed", { cause: lost }));
    expect(symptomOf(thrown)).toEqual({ peer: 3 });
    expect(symptomOf(codedError("coordinator_lost"))).toEqual({ peer: undefined });
    expect(symptomOf(codedError("operation_mismatch"))).toBeUndefined();
  });
});
