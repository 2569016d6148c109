import { describe, expect, it } from "@jest/globals";
import { type SegmentHeader } from "@kolo/transport";
import { checkGeneration, checkSegment } from "./check-segment.js";
import { describe as inWords, fingerprint, type Operation } from "./operation.js";
import { planOperation } from "./plan/plan-operation.js";

const operation: Operation = {
  kind: "allReduce",
  name: "loss",
  dtype: "float32",
  shape: [10],
  op: "sum",
  prescale: 1,
  postscale: 1,
};
const plan = planOperation(operation, { rank: 1, size: 2 }, { segmentElements: 3 });
const run = {
  sequence: 7,
  plan,
  fingerprint: fingerprint(operation),
  description: inWords(operation),
};
// Rank 1 of 2 first receives its own chunk of 5: segments of 3 and 2 elements.
const expected = { rank: 1, peer: 0, run, receive: plan.receives[0], index: 1 };
const right: SegmentHeader = {
  generation: 1,
  sequence: 7,
  fingerprint: run.fingerprint,
  hop: 0,
  index: 1,
  dtype: "float32",
  offset: 3,
  count: 2,
  description: "",
};

describe("checkSegment", () => {
  it("takes the segment that must come next", () => {
    checkSegment(right, expected);
  });

  it.each([
    [{ sequence: 6 }, "message_invalid", /one of #6/],
    [{ hop: 1 }, "message_invalid", /expected hop 0 .* got 1/],
    [{ index: 0 }, "message_invalid", /expected segment 1 .* got 0/],
    [{ offset: 0 }, "message_invalid", /expected offset 3 .* got 0/],
    [{ count: 3 }, "message_invalid", /expected 2 elements .* got 3/],
    [{ dtype: "int32" }, "message_invalid", /expected dtype float32 .* got int32/],
    [
      { fingerprint: 1, description: 'broadcast "x" float32[3] from rank 0' },
      "operation_mismatch",
      /allReduce "loss" float32\[10\] sum \(#7\), which rank 1 .* rank 0 is in broadcast "x"/,
    ],
  ] as const)("refuses %j", (wrong, code, message) => {
    const refused = () => {
      checkSegment({ ...right, ...wrong }, expected);
    };
    expect(refused).toThrow(message);
    expect(refused).toThrow(expect.objectContaining({ code }));
  });

  it("refuses more than the plan has", () => {
    expect(() => {
      checkSegment(right, { ...expected, receive: undefined });
    }).toThrow(/no further segment/);
  });
});

describe("checkGeneration", () => {
  it("refuses a segment of another membership", () => {
    const refused = () => {
      checkGeneration(right, { generation: 2, rank: 1, peer: 0 });
    };
    expect(refused).toThrow(/expected generation 2, got 1 from rank 0/);
    expect(refused).toThrow(expect.objectContaining({ code: "generation_stale" }));
  });
});
