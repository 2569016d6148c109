import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { overlapping, readTrace, spansOf } from "../support/trace.js";
import { fixture, tsrun } from "../support/tsrun.js";

interface Result {
  readonly rank: number;
  readonly digest: string;
  /** Some weights. */
  readonly few: readonly number[];
}

/** Trains on hosts that one machine pretends to be (CONTRIBUTING.md); "" is one host. */
async function train(hosts: string, ...flags: string[]): Promise<Result[]> {
  const { code, stdout, stderr, left } = await tsrun(
    ["-np", "4", "--quiet", "--backend", "cpu", ...flags, fixture("hosts.mts")],
    { env: { KOLO_PRETEND_HOSTS: hosts } },
  );
  expect({ code, stderr, left }).toMatchObject({ code: 0, left: [] });
  const results = [...stdout.matchAll(/result (.*)/g)].map(
    ([, json]) => JSON.parse(json ?? "") as Result,
  );
  expect(results).toHaveLength(4);
  return results;
}

/** Several, and small ones between large ones. */
const inBuckets = ["--bucket-bytes", "60000"];

describe("training on several hosts", () => {
  let oneHost: Result[];
  const folder = mkdtempSync(join(tmpdir(), "kolo-hosts-"));
  beforeAll(async () => {
    oneHost = await train("");
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each([
    ["2,2", "shm"],
    ["3,1", "shm"],
    ["2,1,1", "shm+tcp"],
    ["2,2", "shm", ...inBuckets],
    ["3,1", "shm+tcp", ...inBuckets],
  ])(
    "of %s ranks over %s gives all the same weights, nearly those of one",
    async (hosts, ...how) => {
      const runs = [
        await train(hosts, "--transport", ...how),
        await train(hosts, "--transport", ...how),
      ];
      expect(new Set(runs.flat().map(({ digest }) => digest)).size).toBe(1);
      const expected = oneHost[0]?.few ?? [];
      expect(expected).toHaveLength(20);
      runs[0]?.[0]?.few.forEach((weight, i) => {
        expect(Math.abs(weight - (expected[i] ?? NaN))).toBeLessThan(1e-5);
      });
    },
  );

  it("has a timeline of what each thread does for an all-reduce", async () => {
    const file = join(folder, "trace.json");
    await train("3,1", "--timeline", file, ...inBuckets);
    const spans = spansOf(readTrace(file));
    expect(overlapping(spans)).toEqual([]);
    const namesOf = (rank: number, thread: string): string[] =>
      spans.filter((span) => span.rank === rank && span.thread === thread).map(({ name }) => name);
    const reductions = (names: string[]): number =>
      names.filter((name) => name === "allReduce gradients/0").length;
    for (const rank of [0, 1, 2, 3]) {
      const shared = namesOf(rank, "shared memory");
      const phases = ["prepare", "reduce", "across hosts", "copy", "wait for end"];
      expect(shared).toEqual(expect.arrayContaining(phases));
      // One part before it goes across, and one after; in between the next one has its first.
      expect(reductions(shared)).toBe(16);
      // Ranks 1 and 2 have nobody on the other host to go with.
      const hasLink = rank === 0 || rank === 3;
      const links = namesOf(rank, "communication");
      expect(reductions(links)).toBe(hasLink ? 8 : 0);
      if (hasLink) expect(links).toContain(`hop 1 from rank ${3 - rank}`);
    }
  });
});
