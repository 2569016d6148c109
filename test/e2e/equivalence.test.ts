import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fixture, tsrun } from "../support/tsrun.js";

/**
 * Relative distance of the weights after 20 steps. SGD and momentum are linear in the gradient, so
 * only the order of float32 additions differs. Adam divides by the root of a second moment that is
 * near zero in the first steps, which magnifies the same rounding; 1e-4 is a tenth of the distance
 * that one wrong example in 48 makes.
 */
const tolerance: Record<string, number> = { sgd: 1e-5, momentum: 1e-5, adam: 1e-4 };
/** The file to compare with. */
const references: Record<string, string> = {
  fit: "reference/fit",
  fitDataset: "reference/fitDataset",
  loop: "reference/loop",
  accumulated: "reference/fit",
  uneven: "reference/fit",
  shuffled: "alone/shuffled",
};
const ways = Object.keys(references);
const runs = ways.flatMap((way) => Object.keys(tolerance).map((name) => [way, name] as const));

describe.each(["cpu", "wasm"])("training on backend %s", (backend) => {
  const folder = mkdtempSync(join(tmpdir(), `kolo-equivalence-${backend}-`));
  const folderOf = (name: string): string => {
    mkdirSync(join(folder, name), { recursive: true });
    return join(folder, name);
  };
  const train = async (size: number, out: string): Promise<string> => {
    const args = ["-np", String(size), "--quiet", "--backend", backend];
    const { code, stdout, stderr } = await tsrun([
      ...args,
      fixture("equivalence.mts"),
      folderOf(out),
    ]);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    return stdout;
  };
  const trainWithoutKolo = async (out: string): Promise<void> => {
    const script = fixture("equivalence-reference.mts");
    const args = ["--import", "tsx", script, backend, folderOf(out)];
    const { code, stderr } = await tsrun(args, { bin: process.execPath });
    expect({ code, stderr }).toMatchObject({ code: 0 });
  };
  const weights = (run: string): Float32Array =>
    new Float32Array(new Uint8Array(readFileSync(join(folder, `${run}.f32`))).buffer);

  beforeAll(async () => {
    await trainWithoutKolo("reference");
    await train(1, "alone");
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each([1, 2, 3, 4])("of %i ranks equals one process with the whole batch", async (size) => {
    const stdout = await train(size, String(size));
    for (const [way, name] of runs) {
      const run = `${way}-${name}`;
      const reference = weights(`${references[way] ?? ""}-${name}`);
      const distance = relativeDistance(weights(`${size}/${run}`), reference);
      expect({ run, distance: distance < (tolerance[name] ?? 0) ? "within" : distance }).toEqual({
        run,
        distance: "within",
      });
      const digests = [...stdout.matchAll(new RegExp(`weights ${run} (\\w+)`, "g"))].map(
        (m) => m[1],
      );
      expect(digests).toHaveLength(size);
      expect(new Set(digests).size).toBe(1);
    }
  });

  it("gives the same bits again", async () => {
    const [first, second] = [await train(3, "again-1"), await train(3, "again-2")];
    const sorted = (text: string): string[] =>
      text
        .replace(/^\[\d\] /gm, "")
        .split("\n")
        .sort();
    expect(sorted(second)).toEqual(sorted(first));
  });
});

function relativeDistance(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  let [difference, norm] = [0, 0];
  expected.forEach((value, i) => {
    difference += ((actual[i] ?? NaN) - value) ** 2;
    norm += value ** 2;
  });
  return Math.sqrt(difference / norm);
}
