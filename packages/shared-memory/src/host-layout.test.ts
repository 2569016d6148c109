import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import {
  arenaBytes,
  layoutHost,
  maxArenaBytes,
  pageBytes,
  partOffset,
  recordBytes,
  recordOffset,
} from "./host-layout.js";

const sizes = fc.record({
  ranks: fc.integer({ min: 1, max: 512 }),
  privateBytes: fc.nat(2 ** 22),
  wantedBytes: fc.integer({ min: 1, max: 2 ** 32 }),
});

describe("layoutHost", () => {
  it("puts header and parts on pages, one after the other, inside an arena", () => {
    fc.assert(
      fc.property(sizes, ({ ranks, privateBytes, wantedBytes }) => {
        const layout = layoutHost(ranks, privateBytes, wantedBytes);
        expect(layout.headerOffset).toBeGreaterThanOrEqual(privateBytes);
        expect(recordOffset(layout, ranks - 1) + recordBytes).toBeLessThanOrEqual(
          partOffset(layout, 0),
        );
        for (const offset of [layout.headerOffset, partOffset(layout, 0), layout.partBytes]) {
          expect(offset % pageBytes).toBe(0);
        }
        expect(layout.partBytes).toBeGreaterThan(0);
        expect(partOffset(layout, ranks)).toBe(arenaBytes(layout));
        expect(arenaBytes(layout)).toBeLessThanOrEqual(maxArenaBytes);
      }),
    );
  });

  it("gives as much as is wanted, or all that there is", () => {
    fc.assert(
      fc.property(sizes, ({ ranks, privateBytes, wantedBytes }) => {
        const layout = layoutHost(ranks, privateBytes, wantedBytes);
        const larger = { ...layout, partBytes: layout.partBytes + pageBytes };
        if (layout.partBytes < wantedBytes) {
          expect(arenaBytes(larger)).toBeGreaterThan(maxArenaBytes);
        }
      }),
    );
  });
});
