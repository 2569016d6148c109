import { describe, expect, it } from "@jest/globals";
import { compression } from "../compression.js";
import { type Bucket } from "../hook.js";
import { HookState } from "../hook-state.js";
import {
  powerSGDArrays,
  powerSGDBytes,
  powerSGDDemand,
  powerSGDLayout,
} from "./power-sgd-layout.js";

const rank2 = compression.powerSGD();

const bucket = (size: number): Bucket => ({
  ...{ count: 20_000, rank: 0, size },
  matrices: [
    { offset: 100, rows: 100, columns: 50 },
    { offset: 5100, rows: 4, columns: 32 },
    { offset: 6000, rows: 128, columns: 100 },
  ],
});

describe("powerSGDLayout", () => {
  it("takes matrices apart that are worth it, and leaves the rest as it is", () => {
    expect(powerSGDLayout(rank2, bucket(4))).toEqual({
      factored: [
        {
          matrix: { offset: 100, rows: 100, columns: 50 },
          left: { offset: 0, count: 200 },
          right: { offset: 0, count: 100 },
        },
        {
          matrix: { offset: 6000, rows: 128, columns: 100 },
          left: { offset: 200, count: 256 },
          right: { offset: 100, count: 200 },
        },
      ],
      rest: [
        { offset: 0, count: 100 },
        { offset: 5100, count: 900 },
        { offset: 18_800, count: 1200 },
      ],
      ...{ leftElements: 456, rightElements: 300, restElements: 2200 },
    });
  });

  it("keeps and needs as much as that", () => {
    const arrays = [20_000, 300];
    expect(powerSGDArrays(rank2, bucket(4))).toEqual(arrays);
    expect(powerSGDDemand(rank2, bucket(4))).toEqual({
      ...{ state: HookState.elements(arrays), exchange: 456 + 2200 + 300 },
    });
    const none = { state: HookState.elements([]), exchange: 0 };
    expect(powerSGDDemand(rank2, bucket(1))).toEqual(none);
    expect(powerSGDDemand(rank2, { ...bucket(4), matrices: [] })).toEqual(none);
  });

  it("says what a run sends, dense ones too", () => {
    const dense = (2 * 4 * 20_000 * 3) / 4;
    expect(powerSGDBytes(rank2, bucket(4), 9)).toBe(dense);
    expect(powerSGDBytes(rank2, bucket(4), 10)).toBe((2 * 4 * (456 + 2200 + 300) * 3) / 4);
    expect(powerSGDBytes(rank2, { ...bucket(4), matrices: [] }, 10)).toBe(dense);
    expect(powerSGDBytes(rank2, bucket(1), 10)).toBe(0);
  });

  it.each([
    ["overlap", 5000],
    ["end beyond the bucket", 19_000],
  ])("refuses matrices that %s", (_, offset) => {
    const matrices = [
      { offset: 100, rows: 100, columns: 50 },
      { offset, rows: 100, columns: 100 },
    ];
    expect(() => powerSGDLayout(rank2, { ...bucket(2), matrices })).toThrow(/side by side/);
  });
});
