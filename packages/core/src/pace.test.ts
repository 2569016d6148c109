import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { finish, inParts, Pace } from "./pace.js";

const passes = fc.array(
  fc.record({
    count: fc.nat(500),
    work: fc.integer({ min: 1, max: 5 }),
    length: fc.integer({ min: 1, max: 20 }),
  }),
);

describe("Pace", () => {
  it("lets the event loop turn after a bounded amount of work", () =>
    fc.assert(
      fc.asyncProperty(passes, fc.integer({ min: 1, max: 300 }), async (all, workInOneGo) => {
        const stretches = [0];
        const turn = (): Promise<void> => {
          stretches.push(0);
          return Promise.resolve();
        };
        const pace = new Pace(turn, workInOneGo);
        for (const { count, work, length } of all) {
          const visit = (start: number, end: number): void => {
            stretches[stretches.length - 1] = (stretches.at(-1) ?? 0) + (end - start) * work;
          };
          await pace.follow(inParts(count, visit, { work, length }));
        }
        // The last part may go beyond it.
        expect(Math.max(...stretches)).toBeLessThan(workInOneGo + 20 * 5);
        const [last, ...others] = stretches.reverse();
        expect(others.every((stretch) => stretch >= workInOneGo)).toBe(true);
        expect(last).toBeLessThan(workInOneGo + 20 * 5);
      }),
    ));

  it("lets it turn of itself", async () => {
    let turns = 0;
    let goesOn = true;
    const count = (): void => {
      turns++;
      if (goesOn) setImmediate(count);
    };
    setImmediate(count);
    await new Pace().follow(inParts(2 ** 24, () => undefined));
    goesOn = false;
    expect(turns).toBeGreaterThanOrEqual(7);
  });

  it("gives what the work returns, or throws", async () => {
    function* work(fails: boolean): Generator<number, string> {
      yield 1;
      if (fails) throw new Error("no");
      return "done";
    }
    expect(await new Pace().follow(work(false))).toBe("done");
    expect(finish(work(false))).toBe("done");
    await expect(new Pace().follow(work(true))).rejects.toThrow("no");
    expect(() => finish(work(true))).toThrow("no");
  });
});

describe("inParts", () => {
  it("goes over all of it in order", () => {
    fc.assert(
      fc.property(fc.nat(500), fc.integer({ min: 1, max: 20 }), (count, length) => {
        let at = 0;
        const visit = (start: number, end: number): void => {
          expect(start).toBe(at);
          expect(end - start).toBeLessThanOrEqual(length);
          at = end;
        };
        finish(inParts(count, visit, { length }));
        expect(at).toBe(count);
      }),
    );
  });
});
