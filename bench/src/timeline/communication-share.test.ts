import { describe, expect, it } from "@jest/globals";
import { communicationShare, type TraceEvent } from "./communication-share.js";

function step(pid: number, number: number, atUs: number, packUs: number, endUs: number) {
  const span = (name: string, ts: number, end: number): TraceEvent => ({
    ...{ ph: "X", name, pid, ts, dur: end - ts },
    args: { step: number },
  });
  return [
    span("step", atUs, endUs + 500),
    span("compute", atUs, packUs),
    span("pack", packUs, packUs + 100),
    span("pack", packUs + 200, packUs + 300),
    span("unpack", endUs - 400, endUs - 300),
    span("unpack", endUs - 100, endUs),
  ];
}

describe("the share of communication", () => {
  it("counts from the last rank's gradients to the last rank's averages", () => {
    const events = [
      ...step(1, 0, 1000, 6000, 10_200),
      ...step(2, 0, 1000, 9000, 10_500),
      ...step(1, 1, 11_000, 19_000, 20_500),
      ...step(2, 1, 11_000, 16_000, 20_500),
    ];
    const { steps, communicationMs, share } = communicationShare(events);
    expect(steps).toBe(2);
    expect(communicationMs).toBeCloseTo(1.5);
    expect(share).toBeCloseTo(0.15);
  });

  it("leaves out steps that are not whole", () => {
    const [whole, broken] = [step(1, 0, 1000, 6000, 8000), step(1, 1, 11_000, 15_000, 18_000)];
    const events = [...whole, ...broken.filter(({ name }) => name !== "step")];
    expect(communicationShare(events).steps).toBe(1);
    expect(() => communicationShare([])).toThrow("found none");
  });
});
