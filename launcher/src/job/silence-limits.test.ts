import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { silenceLimits } from "./silence-limits.js";

describe("the limits of silence", () => {
  it("name a host within 10 s by default, and give a rank 30", () => {
    expect(silenceLimits(10_000)).toEqual({ hostMs: 7000, rankMs: 30_000, sshIntervalSeconds: 5 });
  });

  it("name a lost host in time, before its ranks, and before ssh gives up", () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 2_000_000_000 }), (timeoutMs) => {
        const { hostMs, rankMs, sshIntervalSeconds } = silenceLimits(timeoutMs);
        // Looked at eight times: this late at most.
        const namedMs = hostMs + hostMs / 8;
        expect(namedMs).toBeLessThan(timeoutMs);
        expect(rankMs).toBeGreaterThan(namedMs);
        expect(sshIntervalSeconds * 3000).toBeGreaterThan(namedMs);
        expect(Number.isInteger(sshIntervalSeconds)).toBe(true);
      }),
    );
  });
});
