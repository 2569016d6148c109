import { describe, expect, it } from "@jest/globals";
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { hasEnded } from "./has-ended.js";

/** Blocks this thread, as the main one is in a collective, until a thread ends; false if it does not. */
function endsWhileBlocked(worker: Worker, timeoutMs: number): boolean {
  const nobodyWakes = new Int32Array(new SharedArrayBuffer(4));
  for (const endMs = performance.now() + timeoutMs; performance.now() < endMs;) {
    if (hasEnded(worker)) return true;
    Atomics.wait(nobodyWakes, 0, 0, 20);
  }
  return false;
}

/** A thread that does something when it is told to. */
async function startWorker(told: string): Promise<Worker> {
  const code = `
    const { parentPort } = require("node:worker_threads");
    parentPort.once("message", () => { ${told} });
    setImmediate(() => parentPort.postMessage("the event loop turns"));`;
  const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };
  const worker = new Worker(code, { eval: true, resourceLimits });
  worker.on("error", () => undefined);
  await once(worker, "message");
  expect(hasEnded(worker)).toBe(false);
  worker.postMessage("now");
  return worker;
}

describe("hasEnded", () => {
  it.each([
    ["exits", "process.exit(3);"],
    ["throws", "throw new Error();"],
    ["is out of memory", "for (const all = []; ; ) all.push(new Array(1000).fill(0.5));"],
  ])("sees from a blocked thread that another one %s", async (_, told) => {
    expect(endsWhileBlocked(await startWorker(told), 30_000)).toBe(true);
  });

  it("takes a thread for alive that gives no sign of life", async () => {
    const worker = await startWorker("for (;;);");
    expect(endsWhileBlocked(worker, 300)).toBe(false);
    await worker.terminate();
  });
});
