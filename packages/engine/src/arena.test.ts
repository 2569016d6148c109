import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { Arena } from "./arena.js";
import { createArenaMemory } from "./arena-layout.js";

const mebibyte = 1024 ** 2;
const arenaFrom = (start: number): Arena => new Arena(createArenaMemory(mebibyte), start, mebibyte);

describe("Arena", () => {
  it("is a shared memory of fixed size", () => {
    const { memory, buffer } = arenaFrom(4096);
    expect(buffer.byteLength).toBe(mebibyte);
    expect(Object.prototype.toString.call(buffer)).toBe("[object SharedArrayBuffer]");
    expect(() => memory.grow(1)).toThrow();
  });

  it("hands out aligned ranges that never overlap, and has all of it again at the end", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ bytes: fc.nat(60_000), free: fc.nat(9) })), (steps) => {
        const arena = arenaFrom(4096);
        const held: { offset: number; bytes: number }[] = [];
        for (const { bytes, free } of steps) {
          const victim = held[free];
          if (victim !== undefined) {
            arena.free(victim.offset, victim.bytes);
            held.splice(free, 1);
          }
          if (held.length > 12) continue;
          const offset = arena.allocate(bytes);
          expect(offset % 64).toBe(0);
          expect(offset).toBeGreaterThanOrEqual(4096);
          for (const other of held) {
            expect(offset + bytes <= other.offset || other.offset + other.bytes <= offset).toBe(
              true,
            );
          }
          held.push({ offset, bytes });
        }
        for (const { offset, bytes } of held) arena.free(offset, bytes);
        expect(arena.allocate(mebibyte - 4096)).toBe(4096);
      }),
    );
  });

  it("says how much there is when there is no room", () => {
    const arena = arenaFrom(0);
    expect(() => arena.allocate(2 * mebibyte)).toThrow(
      /\[arena_exhausted\] expected 2097152 .*arenaBytes/,
    );
  });
});
