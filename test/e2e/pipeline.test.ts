import { afterAll, describe, expect, it } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endOf, readTrace, type Span, spansOf, startOf } from "../support/trace.js";
import { fixture, tsrun } from "../support/tsrun.js";

const folder = mkdtempSync(join(tmpdir(), "kolo-pipeline-"));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe("buckets", () => {
  it("are packed, and unpacked, while others travel", async () => {
    const file = join(folder, "trace.json");
    const steps = 10;
    const result = await tsrun([
      ...["-np", "2", "--quiet", "--backend", "wasm", "--transport", "grpc"],
      ...["--bucket-bytes", "1MiB", "--timeline", file, fixture("buckets.mts"), String(steps)],
    ]);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    const spans = spansOf(readTrace(file));
    const lastBucket = 5;
    for (const rank of [0, 1]) {
      const find = (name: string, step: number, bucket: number): Span => {
        const operation = `gradients/${bucket}`;
        const found = spans.find(
          (span) =>
            span.rank === rank &&
            span.name.startsWith(name) &&
            span.args["step"] === step &&
            span.args["operation"] === operation,
        );
        if (found === undefined) throw new Error(`no ${name} of ${operation} in step ${step}`);
        return found;
      };
      const pairs = Array.from({ length: steps }, (_, step) =>
        Array.from({ length: lastBucket }, (_, bucket) => ({ step, bucket })),
      ).flat();
      const packed = pairs.filter(({ step, bucket }) => {
        return startOf(find("pack", step, bucket + 1)) < endOf(find("allReduce", step, bucket));
      });
      const unpacked = pairs.filter(({ step, bucket }) => {
        return startOf(find("unpack", step, bucket)) < endOf(find("allReduce", step, lastBucket));
      });
      // One after the other, none would; and a busy machine may stop a thread for longer than a bucket takes.
      expect(packed.length).toBeGreaterThan(0.3 * pairs.length);
      expect(unpacked.length).toBeGreaterThan(0.3 * pairs.length);
    }
  });
});

describe("segments", () => {
  it.each(["grpc", "tcp"])(
    "add up alike over %s, whatever their size and way",
    async (transport) => {
      const weights = [];
      for (const flags of [[], ["--channels", "3", "--segment-bytes", "60KiB"]]) {
        const { code, stdout } = await tsrun([
          ...["-np", "3", "--quiet", "--backend", "cpu", "--transport", transport],
          ...[...flags, fixture("buckets.mts"), "3"],
        ]);
        expect(code).toBe(0);
        weights.push(...[...stdout.matchAll(/weights (\w{64})/g)].map(([, hash]) => hash));
      }
      expect(weights).toHaveLength(6);
      expect(new Set(weights).size).toBe(1);
    },
  );
});

describe("ranks that wait", () => {
  it.each(["shm", "grpc"])(
    "sleep, more of them than cores: over %s, a tenth of a core is too much",
    async (transport) => {
      const flags = ["-np", "8", "--quiet", "--backend", "cpu", "--transport", transport];
      const { code, stdout } = await tsrun([...flags, fixture("idle.mts")]);
      expect(code).toBe(0);
      const ranks = [...stdout.matchAll(/\{.*\}/g)].map(
        ([json]) => JSON.parse(json) as { rank: number; elapsed: number; processor: number },
      );
      expect(ranks.map(({ rank }) => rank).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      for (const { elapsed, processor } of ranks) {
        expect(elapsed).toBeGreaterThan(1900);
        expect(processor).toBeLessThan(0.1 * elapsed);
      }
    },
  );
});
