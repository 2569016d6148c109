import { expect, it } from "@jest/globals";
import { portRange, spreadOver } from "./port-range.js";

it("ports are spread over the range evenly, with both ends, each once", () => {
  expect(spreadOver({ first: 32_768, last: 60_999 })).toEqual([
    32_768, 39_826, 46_884, 53_941, 60_999,
  ]);
  expect(spreadOver({ first: 40_000, last: 40_001 })).toEqual([40_000, 40_001]);
});

it("Linux says which ports it chooses from", () => {
  expect(portRange()).toEqual({ first: expect.any(Number), last: expect.any(Number) });
});
