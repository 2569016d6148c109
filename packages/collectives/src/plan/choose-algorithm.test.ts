import { describe, expect, it } from "@jest/globals";
import { type AllGather, type AllReduce } from "../operation.js";
import { algorithmFor, doublingBytes } from "./choose-algorithm.js";

const common = { name: "x", dtype: "float32" } as const;

/** Of so many bytes in all. */
const choosable = {
  allReduce: (bytes: number): AllReduce => ({
    ...{ ...common, kind: "allReduce", shape: [bytes / 4, 1] },
    ...{ op: "sum", prescale: 1, postscale: 1 },
  }),
  allGather: (bytes: number): AllGather => ({
    ...{ ...common, kind: "allGather", counts: [bytes / 4 - 1, 1, 0], rowShape: [] },
  }),
};

describe.each(["allReduce", "allGather"] as const)("the algorithm of an %s", (kind) => {
  const of = choosable[kind];
  const most = doublingBytes[kind];

  it("has few hops up to the switch point, and few bytes beyond", () => {
    const chosen = [4, most, most + 4].map((bytes) => algorithmFor(of(bytes), 3));
    expect(chosen).toEqual(["doubling", "doubling", "ring"]);
  });

  it("is the one that is asked for", () => {
    for (const algorithm of ["ring", "doubling"] as const) {
      for (const bytes of [4, most + 4]) {
        expect(algorithmFor({ ...of(bytes), algorithm }, 3)).toBe(algorithm);
      }
    }
  });
});

it("is the ring for an allGather between two ranks, which is one hop either way", () => {
  expect(algorithmFor(choosable.allGather(4), 2)).toBe("ring");
});
