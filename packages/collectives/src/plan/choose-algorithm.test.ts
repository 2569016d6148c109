import { describe, expect, it } from "@jest/globals";
import { type AllGather, type AllReduce } from "../operation.js";
import { algorithmFor, doublingBytes } from "./choose-algorithm.js";

const common = { name: "x", dtype: "float32" } as const;
const size = 8;

/** Of so many bytes on all ranks together. */
const choosable = {
  allReduce: (bytes: number): AllReduce => ({
    ...{ ...common, kind: "allReduce", shape: [bytes / 4 / size, 1] },
    ...{ op: "sum", prescale: 1, postscale: 1 },
  }),
  allGather: (bytes: number): AllGather => ({
    ...{ ...common, kind: "allGather", counts: [bytes / 4 - 7, 1, 1, 1, 1, 1, 2, 0], rowShape: [] },
  }),
};

describe.each(["allReduce", "allGather"] as const)("the algorithm of an %s", (kind) => {
  const of = choosable[kind];
  const more = doublingBytes + 4 * size;

  it("has few hops up to the switch point, and few bytes beyond", () => {
    const chosen = [64, doublingBytes, more].map((bytes) => algorithmFor(of(bytes), size));
    expect(chosen).toEqual(["doubling", "doubling", "ring"]);
  });

  it("is the one that is asked for", () => {
    for (const algorithm of ["ring", "doubling"] as const) {
      for (const bytes of [64, more]) {
        expect(algorithmFor({ ...of(bytes), algorithm }, size)).toBe(algorithm);
      }
    }
  });
});

it("is the ring for an allGather between two ranks, which is one hop either way", () => {
  const gather: AllGather = { ...common, kind: "allGather", counts: [1, 1], rowShape: [] };
  expect(algorithmFor(gather, 2)).toBe("ring");
});
