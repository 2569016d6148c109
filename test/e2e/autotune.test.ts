import { describe, expect, it } from "@jest/globals";
import { fixture, tsrun } from "../support/tsrun.js";

const ranks = 4;
const train = (steps: number, ...flags: string[]) =>
  tsrun([
    ...["-np", String(ranks), "--backend", "wasm", "--transport", "grpc"],
    ...[...flags, fixture("buckets.mts"), String(steps)],
  ]);

/** Of all ranks; throws where one has not said any. */
function weightsIn(stdout: string): string {
  const hashes = [...stdout.matchAll(/weights (\w{64})/g)].map(([, hash]) => hash ?? "");
  expect(hashes).toHaveLength(ranks);
  expect(new Set(hashes).size).toBe(1);
  return hashes[0] ?? "";
}

const planIn = (stderr: string): string | undefined => /plan +([0-9a-f]{8})/.exec(stderr)?.[1];

describe("--autotune", () => {
  it("prints flags that run the plan it ended with, repeatably; ranks agree at every step", async () => {
    const tuned = await train(60, "--autotune");
    expect(tuned).toMatchObject({ code: 0, left: [] });
    weightsIn(tuned.stdout);
    const lines = tuned.stderr.split("\n").filter((line) => line.includes("autotune"));
    expect(lines).toHaveLength(1);
    const [, said = "", before, after] =
      /autotune chose (--bucket-bytes .*) \(the exchange took (\S+) ms a step and takes (\S+); \d+ steps tried\)$/.exec(
        lines[0] ?? "",
      ) ?? [];
    expect(Number(after)).toBeGreaterThan(0);
    expect(Number(after)).toBeLessThanOrEqual(Number(before));

    const flags = said.split(" ");
    const [first, second] = [await train(8, ...flags), await train(8, ...flags)];
    expect(weightsIn(first.stdout)).toBe(weightsIn(second.stdout));
    expect(planIn(tuned.stderr)).toMatch(/./);
    expect([planIn(first.stderr), planIn(second.stderr)]).toEqual([
      planIn(tuned.stderr),
      planIn(tuned.stderr),
    ]);
  });
});
