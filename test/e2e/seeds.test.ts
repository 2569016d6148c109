import { describe, expect, it } from "@jest/globals";
import { fixture, tsrun } from "../support/tsrun.js";

/** The digest of the final weights, which all ranks share. */
async function weights(size: number, backend: string, flags: string[], ...args: string[]) {
  const { code, stdout, stderr } = await tsrun([
    ...["-np", String(size), "--quiet", "--backend", backend, ...flags],
    fixture("seeded.mts"),
    ...args,
  ]);
  const digests = [...stdout.matchAll(/weights (\w{64})/g)].map(([, digest]) => digest);
  expect({ code, stderr: code === 0 ? "" : stderr }).toEqual({ code: 0, stderr: "" });
  expect(digests).toHaveLength(size);
  expect(new Set(digests).size).toBe(1);
  return digests[0];
}

describe.each([
  [1, "wasm"],
  [2, "cpu"],
  [2, "wasm"],
])("%i ranks on %s", (size, backend) => {
  it("end with the same bits for the same seed, and with others for another", async () => {
    const seven = await weights(size, backend, ["--seed", "7"]);
    expect(await weights(size, backend, ["--seed", "7"])).toBe(seven);
    expect(await weights(size, backend, ["--seed", "8"])).not.toBe(seven);
    // The program's own word counts more than the command line's.
    expect(await weights(size, backend, ["--seed", "8"], "7")).toBe(seven);
  });
});

describe("without a seed", () => {
  it("every run is another", async () => {
    expect(await weights(1, "wasm", [])).not.toBe(await weights(1, "wasm", []));
  });
});
