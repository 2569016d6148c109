import { describe, expect, it } from "@jest/globals";
import { TimeLedger } from "./time-ledger.js";

function ledgerAndClock() {
  let nowMs = 0;
  const pass = (ms: number) => {
    nowMs += ms;
  };
  return { ledger: new TimeLedger(() => nowMs), pass };
}

describe("the ledger of a step's time", () => {
  it("gives each moment to the innermost op, and the rest of a phase to JavaScript", () => {
    const { ledger, pass } = ledgerAndClock();
    for (let step = 0; step < 2; step++) {
      ledger.beginStep();
      pass(1);
      ledger.enter("gradients");
      ledger.run("outer", () => {
        pass(2);
        ledger.run("inner", () => {
          pass(5);
        });
        pass(1);
      });
      pass(4);
      ledger.enter("optimizer");
      ledger.run("inner", () => {
        pass(7);
      });
      ledger.endStep();
      pass(100);
    }
    const shown = ledger.rows().map((row) => [row.phase, row.op, row.callsPerStep, row.msPerStep]);
    expect(shown).toEqual([
      ["gradients", "inner", 1, 5],
      ["gradients", "JavaScript: engine and layers", 0, 4],
      ["gradients", "outer", 1, 3],
      ["optimizer", "inner", 1, 7],
      ["optimizer", "JavaScript: engine and optimizer", 0, 0],
      ["around", "JavaScript: layers", 0, 1],
    ]);
    expect(ledger.rows().reduce((sum, row) => sum + row.share, 0)).toBeCloseTo(1);
  });

  it("leaves out what happens between steps, and what was before a reset", () => {
    const { ledger, pass } = ledgerAndClock();
    const step = (ms: number) => {
      ledger.beginStep();
      ledger.run("op", () => {
        pass(ms);
      });
      ledger.endStep();
    };
    step(50);
    ledger.reset();
    ledger.run("op", () => {
      pass(1000);
    });
    step(3);
    expect(ledger.rows().find(({ op }) => op === "op")).toMatchObject({
      callsPerStep: 1,
      msPerStep: 3,
    });
  });

  it("returns what the op returns, and keeps counting when one throws", () => {
    const { ledger, pass } = ledgerAndClock();
    ledger.beginStep();
    expect(ledger.run("good", () => 7)).toBe(7);
    expect(() =>
      ledger.run("bad", () => {
        pass(2);
        throw new Error("no");
      }),
    ).toThrow("no");
    pass(3);
    ledger.endStep();
    expect(ledger.rows()).toContainEqual(expect.objectContaining({ op: "bad", msPerStep: 2 }));
    expect(ledger.rows()).toContainEqual(
      expect.objectContaining({ op: "JavaScript: layers", msPerStep: 3 }),
    );
  });
});
