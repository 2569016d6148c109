import { describe, expect, it } from "@jest/globals";
import { compression } from "../compression.js";
import { HookState } from "../hook-state.js";
import { type Sparse, sparseArrays, sparseDemand, sparseExchangeOf } from "./sparse-exchange.js";
import { encodedWords } from "./sparse-layout.js";

const bucketOf = (count: number, size: number) => ({ count, size, rank: 0, matrices: [] });

describe("sparseExchangeOf", () => {
  it("lets the ratio fall in four stages of equal factors", () => {
    const warm = compression.deepGradient({ ratio: 0.001, warmupUpdates: 8 });
    const ratios = Array.from({ length: 10 }, (_, updates) => {
      return sparseExchangeOf(warm, bucketOf(1_000_000, 2), updates).ratio;
    });
    const [a, b, c, d] = [0.251189, 0.0630957, 0.0158489, 0.00398107];
    expect(ratios).toEqual([a, a, b, b, c, c, d, d, 0.001, 0.001]);
  });

  it("has no more stages than updates of a warm-up", () => {
    const warm = compression.topK({ warmupUpdates: 2 });
    const ratioAt = (updates: number) => sparseExchangeOf(warm, bucketOf(100, 2), updates).ratio;
    expect([0, 1, 2].map(ratioAt)).toEqual([0.398107, 0.0630957, 0.01]);
  });

  it.each([
    [0, 0],
    [1, 1],
    [99, 1],
    [100, 1],
    [101, 2],
    [1_000_000, 10_000],
  ])("sends at least one of each %d elements begun: %d", (count, k) => {
    expect(sparseExchangeOf(compression.topK(), bucketOf(count, 2), 0).k).toBe(k);
  });

  it("counts what this member sends, round the ring", () => {
    const words = encodedWords(1_000_000, 10_000, "float16");
    expect(sparseExchangeOf(compression.topK(), bucketOf(1_000_000, 4), 0)).toEqual({
      ...{ ratio: 0.01, k: 10_000, dense: false, bytes: 3 * 4 * words },
    });
  });

  it("is dense where messages would be no smaller than a ring's parts", () => {
    const topK = compression.topK({ ratio: 0.1, values: "float32" });
    const bytes = (size: number) => sparseExchangeOf(topK, bucketOf(1_000_000, size), 0).bytes;
    const isDense = (size: number) => sparseExchangeOf(topK, bucketOf(1_000_000, size), 0).dense;
    expect([1, 2, 17, 18, 64].map(isDense)).toEqual([true, false, false, true, true]);
    expect(bytes(1)).toBe(0);
    expect(bytes(64)).toBe((2 * 63 * 4_000_000) / 64);
  });
});

describe("sparseDemand", () => {
  it("has room for every stage's messages, and for what is kept twice", () => {
    const warm = compression.topK({ warmupUpdates: 100 });
    const bucket = bucketOf(10_000, 3);
    const largest = encodedWords(10_000, 3982, "float16");
    expect(sparseDemand(warm, bucket)).toEqual({
      ...{ state: HookState.elements([10_000]), exchange: 3 * largest },
    });
  });

  it.each<[Sparse, number, readonly number[], number]>([
    [compression.topK(), 1, [], 0],
    [compression.topK({ ratio: 1 }), 4, [100], 0],
    [compression.deepGradient(), 1, [0, 100], 0],
    [compression.deepGradient(), 2, [100, 100], 2 * 3],
  ])("asks for no more than that: %o, %d members", (sparse, size, arrays, exchange) => {
    expect(sparseArrays(sparse, bucketOf(100, size))).toEqual(arrays);
    expect(sparseDemand(sparse, bucketOf(100, size)).exchange).toBe(exchange);
  });
});
