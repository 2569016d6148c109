import { describe, expect, it } from "@jest/globals";
import { timelineSvg, type TraceEvent } from "./timeline-svg.js";

const named = (name: string, pid: number, tid: number, value: string): TraceEvent => ({
  ...{ ph: "M", name, ts: 0, pid, tid },
  args: { name: value },
});
const span = (name: string, pid: number, tid: number, ts: number, dur: number): TraceEvent => ({
  ...{ ph: "X", name, pid, tid, ts, dur },
  args: { step: Math.floor(ts / 100) },
});

const events = [1, 2].flatMap((pid) => [
  named("process_name", pid, 0, `rank ${pid - 1}`),
  named("thread_name", pid, 1, "main"),
  named("thread_name", pid, 2, "communication"),
  ...[0, 100, 200].flatMap((ts) => [
    span("step", pid, 1, ts, 100),
    span("compute", pid, 1, ts, 60),
    span("wait", pid, 1, ts + 60, 40),
  ]),
]);

describe("a timeline as a picture", () => {
  it("has the chosen steps alone, and a lane for each thread that did something", () => {
    const svg = timelineSvg(events, { title: "a < b", steps: [1, 2] });
    expect(svg.match(/class="lane"/g)).toHaveLength(2);
    expect(svg).toContain("rank 1, main");
    expect(svg).not.toContain("communication");
    expect(svg).toContain("a &lt; b");
    // Two steps on two ranks, and one in the legend; the step before ends where the picture begins.
    expect(svg.match(/class="compute" x/g)).toHaveLength(2 * 2 + 1);
    expect(svg).toContain("0 ms from left to right");
  });

  it("refuses steps that are not there", () => {
    expect(() => timelineSvg(events, { title: "", steps: [7, 9] })).toThrow(/steps 7 to 9/);
  });
});
