import { describe, expect, it } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixture, root, tsrun } from "../support/tsrun.js";

interface Stopped {
  rank: number;
  batchesDone: number;
  epochs: number;
  loss: number[];
  seen: number[];
}

interface MemorySample {
  tensors: number;
  bytes: number;
  heapUsed: number;
  arrayBuffers: number;
}

describe("training", () => {
  it.each([
    // Asked for after the 13th batch; the vote rides with the 14th.
    ["batch", 14, 2],
    ["epoch", 20, 2],
  ])("stops on all ranks at the same %s when one asks for it", async (when, batches, epochs) => {
    const { code, stdout, stderr } = await tsrun([
      ...["-np", "3", "--quiet", "--backend", "cpu"],
      fixture("early-stopping.mts"),
      when,
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const ranks = [...stdout.matchAll(/stopped (.*)/g)].map(
      (match) => JSON.parse(match[1] ?? "") as Stopped,
    );
    expect(ranks).toHaveLength(3);
    for (const { batchesDone, epochs: done, loss, seen } of ranks) {
      expect({ batchesDone, done }).toEqual({ batchesDone: batches, done: epochs });
      // History, and a user's callback that stands before averageMetrics, see the world's mean.
      expect(loss).toEqual(ranks[0]?.loss);
      expect(seen).toEqual(loss);
    }
  });

  it.each(["cpu", "wasm"])("keeps memory flat over 1,000 steps on %s", async (backend) => {
    const { code, stdout, stderr } = await tsrun([
      ...["-np", "2", "--backend", backend],
      fixture("thousand-steps.mts"),
    ]);
    expect(code).toBe(0);
    // A loop of its own, of whose samples kolo knows nothing.
    expect(stderr).toMatch(/7101 steps on 2 ranks.*\n +steps\/s +\d/);
    const samples = JSON.parse(/memory (.*)/.exec(stdout)?.[1] ?? "[]") as MemorySample[];
    expect(samples).toHaveLength(4);
    const [first] = samples;
    for (const sample of samples) {
      expect(sample).toMatchObject({ tensors: first?.tensors, bytes: first?.bytes });
    }
    // What is kept at each step adds to every thousand; what V8 does at times, to one of them.
    const leastGrowth = (of: (sample: MemorySample) => number): number =>
      Math.min(...samples.slice(1).map((next, i) => of(next) - of(samples[i] ?? next)));
    // One small object kept at each step would add 100 kB.
    expect(leastGrowth(({ heapUsed }) => heapUsed)).toBeLessThan(90_000);
    expect(leastGrowth(({ arrayBuffers }) => arrayBuffers)).toBeLessThan(60_000);
  });

  it("saves on rank 0, loads there, and goes on from it on all ranks", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kolo-saved-"));
    const file = join(folder, "model.json");
    const example = `${root}/examples/mnist-custom-loop.ts`;
    const common = ["-np", "2", "--quiet", example, "--limit", "1280"];
    const first = await tsrun([...common, "--save", file]);
    const second = await tsrun([...common, "--load", file, "--epochs", "0"]);
    expect([first.code, second.code]).toEqual([0, 0]);
    const accuracy = (text: string): string | undefined => /test accuracy .*/.exec(text)?.[0];
    expect(accuracy(first.stdout)).toMatch(/0\.[5-9]/);
    expect(accuracy(second.stdout)).toBe(accuracy(first.stdout));
    rmSync(folder, { recursive: true });
  });
});
