import { describe, expect, it } from "@jest/globals";
import { ManualClock } from "./index.js";

describe("ManualClock", () => {
  it("calls back in order of time, also what is added meanwhile, and not what was cancelled", () => {
    const clock = new ManualClock();
    const calls: string[] = [];
    const at = (name: string) => () => calls.push(`${name}@${clock.now()}`);
    clock.after(20, at("late"));
    clock.after(10, () => {
      at("early")();
      clock.after(5, at("added"));
    });
    clock.after(12, at("cancelled"))();
    clock.advance(19);
    expect(calls).toEqual(["early@10", "added@15"]);
    clock.advance(1);
    expect(calls).toEqual(["early@10", "added@15", "late@20"]);
  });
});
