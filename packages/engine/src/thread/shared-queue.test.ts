import { describe, expect, it } from "@jest/globals";
import { type OperationProgress } from "@kolo/rendezvous";
import { ControlBlock } from "../control-block.js";
import { combineProgress, SharedQueue } from "./shared-queue.js";

const slot = 7;

function createQueue() {
  const control = new ControlBlock();
  const queue = new SharedQueue(control);
  queue.announce(1, "the first");
  queue.announce(2, "the second");
  return { control, queue };
}

describe("SharedQueue", () => {
  it("knows what runs, for how long, and what ran last", () => {
    const { control, queue } = createQueue();
    expect(queue.progress()).toEqual({
      ...{ submitted: 0, completed: 0, current: "", last: "" },
      ...{ currentForMs: 0, idleForMs: 0 },
    });
    control.submit(1);
    control.submit(2);
    // Nobody has begun with it yet: it waits since it was submitted, not since the machine started.
    expect(queue.progress()).toMatchObject({ submitted: 2, completed: 0, current: "the first" });
    expect(queue.progress().currentForMs).toBeLessThan(10_000);
    control.begin();
    control.finish(slot, 100);
    expect(queue.isBusy).toBe(true);
    expect(queue.progress()).toMatchObject({ current: "the second", last: "the first" });
    control.begin();
    control.finish(slot, 200);
    expect(queue.isBusy).toBe(false);
    expect(queue.progress()).toMatchObject({ completed: 2, current: "", last: "the second" });
    expect(control.completed(slot)).toBe(2);
    expect(control.sharedBytes).toBe(200);
  });

  it("remembers the last operation also once it is released", () => {
    const { control, queue } = createQueue();
    control.submit(1);
    control.finish(slot, 0);
    queue.release(1);
    expect(queue.progress().last).toBe("the first");
  });

  it("is idle when all is done", async () => {
    const { control, queue } = createQueue();
    await queue.idle();
    control.submit(1);
    const order: string[] = [];
    const idle = queue.idle().then(() => order.push("idle"));
    order.push("done");
    control.finish(slot, 0);
    await idle;
    expect(order).toEqual(["done", "idle"]);
  });
});

describe("combineProgress", () => {
  const nothing: OperationProgress = {
    ...{ submitted: 0, completed: 0, current: "", last: "" },
    ...{ currentForMs: 0, idleForMs: 0 },
  };

  it("adds counts up, and takes the words of the queue that is busy, or was so last", () => {
    const busy = { ...nothing, submitted: 3, completed: 2, current: "a", last: "b" };
    const idle = { ...nothing, submitted: 5, completed: 5, last: "c", idleForMs: 9 };
    const later = { ...idle, last: "d", idleForMs: 4 };
    const words = (one: OperationProgress, other: OperationProgress) => {
      const { submitted, completed, current, last } = combineProgress(one, other);
      return [submitted, completed, current, last];
    };
    expect(words(busy, idle)).toEqual([8, 7, "a", "b"]);
    expect(words(idle, busy)).toEqual([8, 7, "a", "b"]);
    expect(words(idle, later)).toEqual([10, 10, "", "d"]);
    expect(words(later, nothing)).toEqual([5, 5, "", "d"]);
    expect(words(nothing, later)).toEqual([5, 5, "", "d"]);
  });
});
