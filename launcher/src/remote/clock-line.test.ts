import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ClockLine } from "./clock-line.js";

const second = 1e6;

describe("the line of another host's clock", () => {
  it("is nothing before it was measured, and the one measurement after that", () => {
    const line = new ClockLine();
    expect([line.aheadUs(5), line.errorUs]).toEqual([0, 0]);
    line.add(second, { wallMs: 0, monotonicUs: 300, roundTripUs: 80 });
    expect([0, second, 9 * second].map((us) => line.aheadUs(us))).toEqual([300, 300, 300]);
    expect(line.errorUs).toBe(40);
  });

  it("runs evenly between measurements", () => {
    const line = new ClockLine();
    line.add(0, { wallMs: 0, monotonicUs: 100, roundTripUs: 20 });
    line.add(4 * second, { wallMs: 0, monotonicUs: 300, roundTripUs: 60 });
    expect(
      [-1, 0, second, 3 * second, 4 * second, 5 * second].map((us) => line.aheadUs(us)),
    ).toEqual([100, 100, 150, 250, 300, 300]);
    expect(line.errorUs).toBe(30 + 200);
  });

  it("forgets a measurement that says less than its neighbour", () => {
    const line = new ClockLine();
    line.add(0, { wallMs: 0, monotonicUs: 5000, roundTripUs: 10_000 });
    line.add(1000, { wallMs: 0, monotonicUs: 100, roundTripUs: 100 });
    line.add(2000, { wallMs: 0, monotonicUs: -4000, roundTripUs: 9000 });
    expect([0, 2000].map((us) => line.aheadUs(us))).toEqual([100, 100]);
    expect(line.errorUs).toBeCloseTo(50.1);
  });

  it("is as exact as it says, however long answers took and whichever way", () => {
    const measurement = fc.record({
      afterUs: fc.integer({ min: 1, max: 30 * second }),
      thereUs: fc.integer({ min: 0, max: 50_000 }),
      backUs: fc.integer({ min: 0, max: 50_000 }),
    });
    const measurements = fc.array(measurement, { minLength: 1, maxLength: 40 });
    const rate = fc.double({ min: -9e-5, max: 9e-5, noNaN: true });
    const part = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        measurements,
        rate,
        fc.integer({ min: -1e9, max: 1e9 }),
        part,
        (all, runs, by, at) => {
          const line = new ClockLine();
          const aheadUs = (us: number): number => by + runs * us;
          let us = 0;
          let [firstUs, lastUs] = [Infinity, 0];
          for (const { afterUs, thereUs, backUs } of all) {
            us += afterUs;
            // Half of the difference between the ways is what a question and its answer cannot tell.
            const monotonicUs = aheadUs(us) + (thereUs - backUs) / 2;
            line.add(us, { wallMs: 0, monotonicUs, roundTripUs: thereUs + backUs });
            firstUs = Math.min(firstUs, us);
            lastUs = us;
          }
          const askedUs = firstUs + at * (lastUs - firstUs);
          expect(Math.abs(line.aheadUs(askedUs) - aheadUs(askedUs))).toBeLessThanOrEqual(
            line.errorUs + 1e-3,
          );
        },
      ),
    );
  });

  it("keeps a bounded number of measurements of a job of months", () => {
    const line = new ClockLine();
    for (let i = 0; i < 20_000; i++) {
      line.add(i * 5 * second, { wallMs: 0, monotonicUs: i, roundTripUs: 100 });
    }
    expect(line.aheadUs(10_000 * 5 * second)).toBeCloseTo(10_000, 0);
    // Sixteen times thinner.
    expect(line.errorUs).toBeLessThanOrEqual(50 + (1e-4 * 16 * 5 * second) / 2);
  });
});
