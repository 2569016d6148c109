import { describe, expect, it } from "@jest/globals";
import { type Operation } from "./operation.js";
import { validateOperation } from "./validate-operation.js";

const good = {
  allReduce: { shape: [2], op: "sum", prescale: 1, postscale: 1 },
  broadcast: { shape: [2], root: 1 },
  allGather: { counts: [1, 0], rowShape: [] },
  reduceScatter: { counts: [1, 0], rowShape: [], op: "max", prescale: 1, postscale: 1 },
  allToAll: {
    splits: [
      [1, 0],
      [2, 3],
    ],
    rowShape: [],
  },
} as const;

const operation = (kind: keyof typeof good, change: object = {}): Operation =>
  ({ kind, name: "x", dtype: "float32", ...good[kind], ...change }) as unknown as Operation;

describe("validateOperation", () => {
  it.each(Object.keys(good) as (keyof typeof good)[])("takes a sound %s", (kind) => {
    validateOperation(operation(kind), 2);
  });

  it.each([
    ["allReduce", { dtype: "bool" }, "dtype_unsupported", /float32 or int32, got "bool"/],
    ["allReduce", { op: "median" }, "argument_invalid", /sum, average.* got "median"/],
    ["allReduce", { prescale: NaN }, "argument_invalid", /finite .* got "NaN"/],
    ["allReduce", { shape: [-1] }, "argument_invalid", /integers of at least 0, got \[-1\]/],
    ["broadcast", { root: 2 }, "argument_invalid", /a root below 2, got 2/],
    ["broadcast", { root: 0.5 }, "argument_invalid", /got 0.5/],
    ["allGather", { counts: [1] }, "argument_invalid", /each of 2 ranks, got \[1\]/],
    ["reduceScatter", { counts: [1, 1.5] }, "argument_invalid", /got \[1,1.5\]/],
    ["allToAll", { splits: [[1, 0]] }, "argument_invalid", /each of 2 ranks/],
    [
      "allToAll",
      {
        splits: [
          [1, 0],
          [1, -2],
        ],
      },
      "argument_invalid",
      /got \[1,-2\]/,
    ],
  ] as const)("refuses a %s with %j", (kind, change, code, message) => {
    const refused = () => {
      validateOperation(operation(kind, change), 2);
    };
    expect(refused).toThrow(message);
    expect(refused).toThrow(expect.objectContaining({ code }));
  });
});
