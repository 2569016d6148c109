import { describe, expect, it } from "@jest/globals";
import { createArenaMemory, layoutArena } from "./arena-layout.js";
import { threadState } from "./control-block.js";
import { ThreadHandle } from "./thread-handle.js";

/** What the communication thread does just after the main thread has looked. */
function closesAfterALook(thread: ThreadHandle): () => boolean {
  const isClosed = (): boolean => thread.control.state === threadState.closed;
  return () => {
    const seen = isClosed();
    if (!seen) {
      thread.post({ type: "leave", together: true });
      while (!isClosed()) thread.control.waitSync(thread.control.events, 10);
    }
    return seen;
  };
}

describe("waiting for the communication thread", () => {
  it.each(["wait", "waitSync"] as const)("has, with %s, what it did last", async (wait) => {
    const thread = new ThreadHandle(undefined);
    const { memoryBytes, host } = layoutArena(2 ** 20, undefined);
    thread.post({ type: "attach", memory: createArenaMemory(memoryBytes), host });
    await thread.ready();
    await thread[wait](closesAfterALook(thread));
    await expect(thread.wait(() => false)).rejects.toThrow("not_initialized");
    await thread.worker.terminate();
  });
});
