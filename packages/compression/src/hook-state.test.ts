import { describe, expect, it } from "@jest/globals";
import { HookState } from "./index.js";

function stateOf(lengths: readonly number[]): { state: HookState; memory: Float32Array } {
  const memory = new Float32Array(HookState.elements(lengths));
  return { state: new HookState(memory, lengths), memory };
}

describe("HookState", () => {
  it("makes what a run has written current", () => {
    const { state } = stateOf([2, 3]);
    state.next(0).set([1, 2]);
    state.next(1).set([3, 4, 5]);
    expect([...state.current(1)]).toEqual([0, 0, 0]);
    state.advance();
    expect(state.updates).toBe(1);
    expect([...state.current(0)]).toEqual([1, 2]);
    expect([...state.current(1)]).toEqual([3, 4, 5]);
  });

  it("takes a run back, also over another view of the same memory", () => {
    const { state, memory } = stateOf([1]);
    state.next(0)[0] = 7;
    state.advance();
    state.next(0)[0] = 9;
    state.advance();
    new HookState(memory, [1]).takeBack();
    expect(state.updates).toBe(1);
    expect(state.current(0)[0]).toBe(7);
  });

  it("refuses an array that there is not", () => {
    expect(() => stateOf([1]).state.current(1)).toThrow(RangeError);
  });
});
