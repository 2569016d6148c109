import { describe, expect, it } from "@jest/globals";
import { startEngine } from "./start-engine.js";

describe("an engine that no launcher started", () => {
  it("leaves nothing on the process when it is shut down, and can be started again", async () => {
    const listeners = process.listenerCount("exit");
    for (let i = 0; i < 3; i++) {
      const engine = await startEngine({ arenaBytes: 2 ** 20 });
      expect(engine.world.size).toBe(1);
      await engine.shutdown();
    }
    expect(process.listenerCount("exit")).toBe(listeners);
  });
});
