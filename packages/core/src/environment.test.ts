import { describe, expect, it } from "@jest/globals";
import { forgetControlFd, readRankEnvironment, writeRankEnvironment } from "./index.js";

const unseeded = {
  world: { rank: 3, size: 4, localRank: 1, localSize: 2, crossRank: 1, crossSize: 2 },
  hosts: [0, 0, 1, 1],
  coordinator: "127.0.0.1:1234",
  controlFd: 3,
  reportFd: 4,
  backend: "wasm",
  transport: "auto",
  logLevel: "debug",
} as const;
const rank = { ...unseeded, seed: 7 };

describe("the environment contract", () => {
  it("reads what it wrote", () => {
    expect(readRankEnvironment(writeRankEnvironment(rank))).toEqual(rank);
  });

  it("has no seed unless --seed said one, whatever is set outside", () => {
    const environment = { KOLO_SEED: "5", ...writeRankEnvironment(unseeded) };
    expect(readRankEnvironment(environment)).not.toHaveProperty("seed");
    for (const wrong of ["-1", " ", "0x10", "1e3"]) {
      expect(() => readRankEnvironment({ ...environment, KOLO_SEED: wrong })).toThrow(/KOLO_SEED/);
    }
  });

  it("has a timeline where --timeline said so, whatever is set outside", () => {
    const timed = {
      ...rank,
      timeline: "/tmp/trace.json",
      timelineZeroUs: 12_345_678,
      timelineParts: "/tmp/x",
    };
    expect(readRankEnvironment(writeRankEnvironment(timed))).toEqual(timed);
    const environment = { KOLO_TIMELINE: "x", ...writeRankEnvironment(rank) };
    expect(readRankEnvironment(environment)).not.toHaveProperty("timeline");
  });

  it("says how gradients travel where tsrun was told, whatever is set outside", () => {
    const exchange = { bucketBytes: 2 ** 23, segmentBytes: 4096, channels: 3, autotune: true };
    expect(readRankEnvironment(writeRankEnvironment({ ...rank, exchange }))).toEqual({
      ...rank,
      exchange,
    });
    const environment = { KOLO_CHANNELS: "2", KOLO_AUTOTUNE: "1", ...writeRankEnvironment(rank) };
    expect(readRankEnvironment(environment)).not.toHaveProperty("exchange");
    for (const [name, wrong] of [
      ["KOLO_BUCKET_BYTES", "0"],
      ["KOLO_SEGMENT_BYTES", "4098"],
      ["KOLO_SEGMENT_BYTES", "2097152"],
      ["KOLO_CHANNELS", "9"],
    ] as const) {
      expect(() => readRankEnvironment({ ...environment, [name]: wrong })).toThrow(name);
    }
  });

  it("is absent where no launcher started the process", () => {
    expect(readRankEnvironment({ PATH: "/bin" })).toBeUndefined();
  });

  it("is absent in a process that a rank starts", () => {
    const environment: Record<string, string | undefined> = writeRankEnvironment(rank);
    forgetControlFd(environment);
    expect(readRankEnvironment(environment)).toBeUndefined();
  });

  it.each([
    ["KOLO_RANK", "x", /KOLO_RANK to be an integer, got "x"/],
    ["KOLO_RANK", "4", /KOLO_RANK < KOLO_SIZE, got 4 and 4/],
    ["KOLO_COORDINATOR", "", /KOLO_COORDINATOR; it is missing/],
    ["KOLO_LOCAL_SIZE", "-1", /KOLO_LOCAL_SIZE to be an integer/],
    ["KOLO_HOSTS", "0,0,0,1", /KOLO_HOSTS .* 4 ranks, with 2 on host 1 of 2, got "0,0,0,1"/],
    ["KOLO_HOSTS", "0,0,1,x", /got "0,0,1,x"/],
    ["KOLO_HOSTS", "0,0,1,1e9", /got "0,0,1,1e9"/],
  ])("refuses %s=%s", (name, value, message) => {
    const broken = { ...writeRankEnvironment(rank), [name]: value };
    expect(() => readRankEnvironment(broken)).toThrow(message);
  });
});
