import { describe, expect, it } from "@jest/globals";
import { KoloError, toWire } from "@kolo/core";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { progress, registration } from "../testing/job-fixture.js";
import { type RankStatistics } from "../messages.js";
import { attendMethod } from "./attend-method.js";
import { type CoordinatorEvent, type RankEvent } from "./events.js";
import { findProto } from "./find-proto.js";

const statistics: RankStatistics = {
  steps: 3,
  skippedSteps: 1,
  microBatches: 4,
  sampledBatches: 2,
  samples: 2 ** 40,
  computeMs: 1.5,
  packMs: 2.25,
  waitMs: 0,
  unpackMs: 7,
  bytesSent: 2 ** 45 + 1,
  bytesUncompressed: 2 ** 46 + 1,
  planHash: "0badcafe",
};
const error = toWire(
  new KoloError("peer_lost", "rank 2 is gone", {
    rank: 0,
    peer: 2,
    host: "a",
    operation: 'barrier "x"',
    generation: 1,
    cause: new TypeError("why", { cause: "a string" }),
  }),
);

const rankEvents: RankEvent[] = [
  { kind: "register", registration: registration(3) },
  { kind: "heartbeat", progress: progress({ submitted: 2 ** 33, currentForMs: 0.5 }), statistics },
  { kind: "manifest", sequence: 0, entries: [] },
  {
    kind: "manifest",
    sequence: 7,
    entries: [
      { name: "kernel", shape: [3, 3, 1, 8], dtype: "float32" },
      { name: "скаляр", shape: [], dtype: "int32" },
    ],
  },
  {
    kind: "progress",
    progress: {
      epoch: 1,
      epochs: 5,
      step: 9,
      stepsPerEpoch: 0,
      samplesPerSecond: 1234.5,
      metrics: [
        ["loss", NaN],
        ["acc", 0.5],
      ],
      epochEnd: true,
    },
  },
  { kind: "failure", error },
  { kind: "leave", statistics, submitted: 12, completed: 11 },
];

const coordinatorEvents: CoordinatorEvent[] = [
  { kind: "world", generation: 1, members: [{ rank: 0, address: "a:1", host: "a", pid: 7 }] },
  { kind: "manifest", sequence: 0, error: undefined },
  { kind: "manifest", sequence: 1, error },
  { kind: "abort", rootCause: { rank: undefined, host: "h", error, exitCode: 130 } },
  { kind: "abort", rootCause: { rank: 0, host: "h", error, exitCode: 1 } },
  { kind: "farewell" },
];

describe("Attend on the wire", () => {
  it.each(rankEvents)("carries a rank's $kind and gives it back as it was", (event) => {
    const { requestSerialize, requestDeserialize } = attendMethod();
    expect(requestDeserialize(requestSerialize(event))).toEqual(event);
  });

  it.each(coordinatorEvents)("carries the coordinator's $kind as it was", (event) => {
    const { responseSerialize, responseDeserialize } = attendMethod();
    expect(responseDeserialize(responseSerialize(event))).toEqual(event);
  });

  it("cuts long texts, so that a failure always fits", () => {
    const { requestSerialize } = attendMethod();
    const long = { name: "Error", message: "m".repeat(2 ** 24), stack: "s".repeat(2 ** 24) };
    expect(requestSerialize({ kind: "failure", error: long }).length).toBeLessThan(70_000);
  });

  it("gives what is no event as malformed, with a reason", () => {
    const { requestDeserialize } = attendMethod();
    expect(requestDeserialize(Buffer.from([0xff, 0xff]))).toMatchObject({ kind: "malformed" });
    // An empty message, and a heartbeat with nothing in it.
    expect(requestDeserialize(Buffer.alloc(0))).toMatchObject({ kind: "malformed" });
    expect(requestDeserialize(Buffer.from([0x12, 0x00]))).toMatchObject({
      kind: "malformed",
      reason: "[message_invalid] expected the progress of a heartbeat, got an event without it",
    });
  });
});

describe("findProto", () => {
  it("looks beside the code first, where everything is bundled into one folder", () => {
    const folder = mkdtempSync(join(tmpdir(), "kolo-proto-"));
    try {
      expect(() => findProto(folder)).toThrow("reinstall kolo");
      writeFileSync(join(folder, "rendezvous.proto"), "");
      expect(findProto(folder)).toBe(join(folder, "rendezvous.proto"));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
