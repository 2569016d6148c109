import { beforeAll, describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { expectClose } from "../testing/expect-same.js";
import { runOnCpu, runOnWasm, startBackends } from "../testing/run-kernel-on.js";

beforeAll(startBackends);

const specials = [
  NaN,
  Infinity,
  -Infinity,
  0,
  -0,
  88.72,
  88.73,
  89,
  1e30,
  -87.4,
  -103.9,
  -104,
  0.625,
];
const values = fc.array(
  fc.oneof(
    fc.float({ min: -110, max: 100, noNaN: true }),
    fc.float({ min: -2, max: 2, noNaN: true }),
    fc.constantFrom(...specials.map(Math.fround)),
  ),
  { maxLength: 50 },
);

describe.each([
  ["Exp", 3e-7],
  ["Tanh", 3e-7],
  // A difference of nearly equal numbers near zero, which cpu takes in float64.
  ["Erf", 6e-7],
])("%s", (kernel, tolerance) => {
  it("equals cpu's to the last bits, from nothing to infinity, and NaN", () => {
    fc.assert(
      fc.property(values, (some) => {
        const x = { shape: [some.length], dtype: "float32" as const, values: some };
        const actual = runOnWasm(kernel, { x }).values;
        for (const [i, expected] of runOnCpu(kernel, { x }).values.entries()) {
          const got = actual[i] ?? NaN;
          if (Object.is(got, expected)) continue;
          // Numbers below 1e-38 have fewer digits; differences of one are of any size.
          const size = kernel === "Exp" ? Math.max(expected, 1e-37) : 1;
          expect(Math.abs(got - expected) / size).toBeLessThan(tolerance);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe.each(["Sqrt", "Rsqrt"])("%s", (kernel) => {
  it("equals cpu's, of nothing, infinity, negative numbers and NaN too", () => {
    fc.assert(
      fc.property(values, (some) => {
        const x = { shape: [some.length], dtype: "float32" as const, values: some };
        const actual = runOnWasm(kernel, { x });
        const largest = Math.max(1, ...some.map((value) => 1 / Math.sqrt(Math.abs(value) || 1)));
        expectClose(actual, runOnCpu(kernel, { x }), 1e-6 * largest);
      }),
    );
  });
});
