import { expect } from "@jest/globals";
import { type Inputs, runAllOnCpu, runAllOnWasm, type Values } from "./run-kernel-on.js";

/** Both backends give the same shape, type and values, to the last bit. */
export function expectSame(kernel: string, inputs: Inputs, attrs: object = {}): void {
  expect(runAllOnWasm(kernel, inputs, attrs)).toEqual(runAllOnCpu(kernel, inputs, attrs));
}

/** The same but for rounding: differences stay below `tolerance`. */
export function expectClose(actual: Values, expected: Values, tolerance: number): void {
  expect({ ...actual, values: [] }).toEqual({ ...expected, values: [] });
  for (const [i, value] of expected.values.entries()) {
    const got = actual.values[i] ?? NaN;
    if (!Object.is(got, value)) expect(Math.abs(got - value)).toBeLessThan(tolerance);
  }
}
