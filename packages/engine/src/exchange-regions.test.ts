import { describe, expect, it } from "@jest/globals";
import { Arena } from "./arena.js";
import { ExchangeRegions } from "./exchange-regions.js";

const pageBytes = 64 * 1024;

function create() {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const arena = new Arena(memory, 0, pageBytes);
  /** Whether nothing is taken. */
  const isEmpty = (): boolean => {
    try {
      arena.free(arena.allocate(pageBytes), pageBytes);
      return true;
    } catch {
      return false;
    }
  };
  return { regions: new ExchangeRegions(arena), isEmpty };
}

describe("ExchangeRegions", () => {
  it("gives all who want no more the same place, until none of them is left", () => {
    const { regions, isEmpty } = create();
    // Far more together than there is.
    const taken = [40_000, 1000, 40_000, 0, 30_000].map((bytes) => regions.take(bytes));
    expect(new Set(taken.map(({ byteOffset }) => byteOffset)).size).toBe(1);
    for (const { release } of taken) {
      expect(isEmpty()).toBe(false);
      release();
    }
    expect(isEmpty()).toBe(true);
  });

  it("leaves those who have a place where they are when another wants more", () => {
    const { regions, isEmpty } = create();
    const small = regions.take(10_000);
    const large = regions.take(40_000);
    expect(Math.abs(large.byteOffset - small.byteOffset)).toBeGreaterThanOrEqual(10_000);
    const middle = regions.take(20_000);
    expect(middle.byteOffset).toBe(large.byteOffset);
    small.release();
    large.release();
    expect(regions.take(40_000).byteOffset).toBe(middle.byteOffset);
    middle.release();
    expect(isEmpty()).toBe(false);
  });
});
