import { describe, expect, it } from "@jest/globals";
import { ManualClock } from "@kolo/core";
import { OperationQueue } from "./operation-queue.js";

function setUp() {
  const clock = new ManualClock();
  const failures: unknown[] = [];
  const queue = new OperationQueue({
    clock,
    onChange: () => undefined,
    onFailure: (error) => failures.push(error),
  });
  return { clock, failures, queue };
}

describe("OperationQueue", () => {
  it("runs operations one at a time, in order, and numbers them", async () => {
    const { queue } = setUp();
    const events: string[] = [];
    for (const name of ["a", "b", "c"]) {
      queue.submit({
        description: name,
        run: async (sequence) => {
          events.push(`${name}${sequence} begins`);
          await Promise.resolve();
          events.push(`${name}${sequence} ends`);
        },
      });
    }
    await queue.idle();
    expect(events).toEqual(["a", "b", "c"].flatMap((n, i) => [`${n}${i} begins`, `${n}${i} ends`]));
  });

  it("knows how far it is and since when", async () => {
    const { clock, queue } = setUp();
    let finish = (): void => undefined;
    queue.submit({
      description: "slow",
      run: () => new Promise<void>((resolve) => (finish = resolve)),
    });
    queue.submit({ description: "next", run: () => Promise.resolve() });
    clock.advance(500);
    expect(queue.progress()).toEqual({
      submitted: 2,
      completed: 0,
      current: "slow",
      currentForMs: 500,
      last: "",
      idleForMs: 0,
    });
    finish();
    await queue.idle();
    clock.advance(70);
    expect(queue.progress()).toMatchObject({
      completed: 2,
      current: "",
      last: "next",
      idleForMs: 70,
    });
  });

  it("stops at the first failure and reports it once", async () => {
    const { failures, queue } = setUp();
    const error = new Error("broken");
    let later = 0;
    queue.submit({ description: "bad", run: () => Promise.reject(error) });
    queue.submit({
      description: "later",
      run: () => {
        later++;
        return Promise.resolve();
      },
    });
    await new Promise(setImmediate);
    queue.submit({ description: "even later", run: () => Promise.reject(new Error("second")) });
    await new Promise(setImmediate);
    expect(failures).toEqual([error]);
    expect(later).toBe(0);
  });
});
