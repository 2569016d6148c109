import { describe, expect, it } from "@jest/globals";
import { compression, type Compressing } from "./compression.js";
import { demandOf } from "./create-hook.js";

const count = 2 ** 20;
const matrices = [{ offset: 0, rows: 1024, columns: 1024 }];

/** Of the bucket: what is kept, and what is exchanged. */
function copies(how: Compressing, size: number): readonly number[] {
  const { state, exchange } = demandOf(how, { count, matrices, rank: 0, size });
  return [state / count, exchange / count];
}

/** docs/compression.md has these. */
describe("the memory of hooks", () => {
  it.each<[string, Compressing, number, number]>([
    ["fp16", compression.fp16(), 0, 1],
    ["fp16 with error feedback", compression.fp16({ errorFeedback: true }), 2, 1],
    ["bf16", compression.bf16(), 0, 1],
    ["int8", compression.int8(), 2, 0.51],
    ["powerSGD", compression.powerSGD(), 2, 0.004],
    ["topK", compression.topK(), 2, 1 / 30],
    ["deepGradient", compression.deepGradient(), 4, 1 / 285],
    ["deepGradient with a warm-up", compression.deepGradient({ warmupUpdates: 400 }), 4, 0.626],
  ])("is as the table says on 4 hosts: %s", (_, how, kept, exchanged) => {
    const [state = NaN, exchange = NaN] = copies(how, 4);
    expect(state).toBeCloseTo(kept, 2);
    expect(exchange / exchanged).toBeGreaterThan(0.9);
    expect(exchange / exchanged).toBeLessThan(1.1);
  });

  it("is as the text says on 8 hosts", () => {
    const [, exchange] = copies(compression.deepGradient({ warmupUpdates: 400 }), 8);
    expect(exchange).toBeCloseTo(1.25, 2);
  });
});
