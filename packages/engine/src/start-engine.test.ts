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

  it("keeps nothing of an operation that cannot be prepared", async () => {
    const engine = await startEngine({ arenaBytes: 2 ** 20 });
    const integers = {
      ...({ kind: "allReduce", name: "integers", op: "sum", dtype: "int32" } as const),
      ...{ count: 100_000, shape: [100_000], prescale: 1, postscale: 1 },
    };
    const compression = { how: { kind: "fp16", errorFeedback: false }, matrices: [] } as const;
    for (let i = 0; i < 20; i++) {
      expect(() => engine.prepare(integers, { compression })).toThrow("argument_invalid");
    }
    engine.prepare(integers).release();
    await engine.shutdown();
  });
});
