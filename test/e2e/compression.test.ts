import { afterAll, describe, expect, it } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readTrace, spansOf } from "../support/trace.js";
import { fixture, tsrun } from "../support/tsrun.js";

interface Result {
  readonly rank: number;
  readonly digest: string;
  /** Of all gradients (with momentum), of what was applied, of what is kept for later: sums of elements. */
  readonly all: number;
  readonly applied: number;
  readonly kept: number;
  readonly velocity: number;
  /** Of the gradients of the last update, with momentum. */
  readonly lastUpdate: number;
  readonly names: readonly string[];
  readonly few: readonly number[];
  readonly bytesSent: number;
  readonly bytesUncompressed: number;
}

type Compression = readonly [kind: string, options?: string];

interface World {
  readonly np: number;
  /** What becomes of the ranks' gradients; an average is of unequal weights. Default: sum. */
  readonly op?: "average";
  /** Hosts that one machine pretends to be (CONTRIBUTING.md). */
  readonly hosts?: string;
  readonly flags?: readonly string[];
}

function run({ np, op, hosts = "", flags = [] }: World, how: Compression, ...args: string[]) {
  const [kind, options = "{}"] = how;
  return tsrun(
    [
      ...["-np", String(np), "--backend", "cpu", ...flags, fixture("compression.mts")],
      ...[kind, options, op ?? "sum", ...args],
    ],
    { env: { KOLO_PRETEND_HOSTS: hosts } },
  );
}

async function train(world: World, ...how: Compression): Promise<Result[]> {
  const { code, stdout, stderr, left } = await run(world, how);
  expect({ code, stderr, left }).toMatchObject({ code: 0, left: [] });
  const results = [...stdout.matchAll(/result (.*)/g)].map(
    ([, json]) => JSON.parse(json ?? "") as Result,
  );
  expect(results).toHaveLength(world.np);
  return results.sort((one, other) => one.rank - other.rank);
}

const ring: World = { np: 3, flags: ["--transport", "grpc"] };
/** Ranks 0 and 3 are a rail, and 1 and 4; rank 2 has nobody to go with. */
const hosts: World = {
  ...{ np: 5, op: "average", hosts: "3,2" },
  flags: ["--transport", "shm+tcp"],
};

const topK = ["topK", '{"ratio":0.05}'] as const;
const warmingUp = ["topK", '{"ratio":0.05,"values":"float32","warmupUpdates":4}'] as const;
const int8 = ["int8", "{}"] as const;
const powerSGD = ["powerSGD", '{"startUpdates":1}'] as const;
/** Those that keep all that they do not send. */
const keeping = [
  ...[topK, warmingUp, int8, powerSGD],
  ["deepGradient", '{"ratio":0.02,"factorMasking":false}'],
  ["fp16", '{"errorFeedback":true}'],
  ["bf16", '{"errorFeedback":true}'],
] as const;
const kinds = [
  ...[topK, warmingUp, int8, powerSGD],
  ["deepGradient", '{"ratio":0.02}'],
  ["fp16", "{}"],
  ["bf16", "{}"],
] as const;

describe.each([
  ["a ring over gRPC", ring],
  ["hosts that share memory, over TCP", hosts],
])("compression on %s", (_, world) => {
  it.each(keeping)(
    "by %s %s leaves the same bits on all ranks, and loses nothing, saved in between or not",
    async (kind, options) => {
      const results = await train(world, kind, options);
      expect(new Set(results.map(({ digest }) => digest)).size).toBe(1);
      for (const { all, applied, kept, velocity, lastUpdate, names } of results) {
        expect(names).toContain("residual/kernel");
        expect(kept).not.toBe(0);
        expect(Math.abs(all - (applied + kept))).toBeLessThan(1e-3 * Math.abs(all) + 10);
        if (kind !== "deepGradient") continue;
        expect(Math.abs(lastUpdate - velocity)).toBeLessThan(1e-3 * Math.abs(lastUpdate) + 10);
      }
    },
  );

  it("of everything is none", async () => {
    const [dense] = await train(world, "none");
    const [whole] = await train(world, "topK", '{"ratio":1,"values":"float32"}');
    expect(dense?.few).toHaveLength(5);
    for (const [i, value] of dense?.few.entries() ?? []) {
      // Averages are divided in another order.
      if (world.op === "average") expect(whole?.few[i]).toBeCloseTo(value, 2);
      else expect(whole?.few[i]).toBe(value);
    }
  });

  it("sends fewer bytes, and says how many it would have been", async () => {
    const dense = await train(world, "none");
    const sparse = await train(world, "topK", '{"ratio":0.01}');
    for (const [rank, { bytesSent, bytesUncompressed }] of sparse.entries()) {
      // But for how small buckets go, and where others are cut.
      const expected = dense[rank]?.bytesSent ?? NaN;
      expect(Math.abs(bytesUncompressed / expected - 1)).toBeLessThan(0.1);
      // The third rank has nobody on the other host to exchange a slice with.
      if (world === hosts && rank === 2) expect(bytesSent).toBe(bytesUncompressed);
      else expect(bytesSent).toBeLessThan(bytesUncompressed);
    }
  });
});

describe("compression", () => {
  const folder = mkdtempSync(join(tmpdir(), "kolo-compression-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(kinds)("by %s %s is the same in every run", async (kind, options) => {
    const runs = [await train(ring, kind, options), await train(ring, kind, options)];
    expect(runs[0]).toEqual(runs[1]);
  });

  it("does nothing where all ranks share memory", async () => {
    const [shared] = await train({ np: 2 }, "topK");
    expect(shared?.bytesSent).toBe(shared?.bytesUncompressed);
    expect(shared?.kept).toBe(0);
  });

  it("is told of in the summary, and in the timeline", async () => {
    const file = join(folder, "trace.json");
    const world = { ...ring, flags: ["--transport", "tcp", "--timeline", file] };
    const { code, stderr } = await run(world, ["topK"]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/\n {2}uncompressed \d.* a rank, \d+\.\d times as much\n/);
    const names = new Set(spansOf(readTrace(file)).map(({ name }) => name));
    expect([...names]).toEqual(expect.arrayContaining(["encode", "decode"]));
  });

  it("that ranks do not agree on is an error that names both", async () => {
    // Also where nothing travels compressed: what is done to gradients would part the ranks.
    const { code, stderr } = await run({ np: 2 }, ["deepGradient"], "1");
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/manifest_mismatch.*kernel \(deepGradient, ratio 0.001.*ratio 0.5/);
  });
});
