import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tsrun } from "../support/tsrun.js";
import { builtAddon, tensorflowFixture } from "./built-addon.js";

type Gradients = Record<string, number[]>;

/**
 * Backends add in different orders. Of a variable's gradient, no element may be further off than this
 * part of its largest one; an element that is wrong is off by orders of magnitude more.
 */
const tolerance = 1e-5;

function worstDifference(actual: readonly number[], expected: readonly number[]): number {
  let largest = Number.MIN_VALUE;
  let difference = actual.length === expected.length ? 0 : Infinity;
  expected.forEach((value, i) => {
    largest = Math.max(largest, Math.abs(value));
    difference = Math.max(difference, Math.abs(value - (actual[i] ?? NaN)));
  });
  return difference / largest;
}

describe("gradients of TensorFlow", () => {
  const folder = mkdtempSync(join(tmpdir(), "kolo-gradients-"));
  const gradientsOn = async (backend: string): Promise<Gradients> => {
    const file = join(folder, `${backend}.json`);
    const { code, stdout, stderr } = await tsrun([
      ...["-np", "1", "--quiet", "--backend", backend],
      tensorflowFixture("gradients.mts"),
      file,
    ]);
    expect({ code, stdout, stderr }).toMatchObject({ code: 0, stdout: `backend ${backend}\n` });
    return JSON.parse(readFileSync(file, "utf8")) as Gradients;
  };
  let tensorflow: Gradients;
  beforeAll(async () => {
    builtAddon();
    tensorflow = await gradientsOn("tensorflow");
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each(["cpu", "wasm"])(
    "are those of %s, for the CNN and each kind of layer",
    async (backend) => {
      const expected = await gradientsOn(backend);
      expect(Object.keys(expected).length).toBeGreaterThan(90);
      expect(Object.keys(tensorflow)).toEqual(Object.keys(expected));
      const wrong = Object.entries(expected)
        .map(([name, values]) => ({ name, by: worstDifference(tensorflow[name] ?? [], values) }))
        .filter(({ by }) => !(by < tolerance));
      expect(wrong).toEqual([]);
    },
    180_000,
  );
});
