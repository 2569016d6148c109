import { describe, expect, it } from "@jest/globals";
import { ManualClock } from "@kolo/core";
import { type TrainingProgress } from "@kolo/rendezvous";
import { Writable } from "node:stream";
import { Terminal } from "../output/terminal.js";
import { Pace } from "./pace.js";
import { createProgressBar } from "./progress-bar.js";
import { createProgressLines } from "./progress-lines.js";
import { barText, durationText, progressText, rateText } from "./progress-text.js";

const progress = (changes: Partial<TrainingProgress> = {}): TrainingProgress => ({
  epoch: 2,
  epochs: 5,
  step: 120,
  stepsPerEpoch: 937,
  samplesPerSecond: 4571.4,
  metrics: [
    ["loss", 0.45213],
    ["acc", 0.8712],
  ],
  epochEnd: false,
  ...changes,
});

describe("progressText", () => {
  it("says where training is", () => {
    expect(progressText(progress(), 62_000)).toBe(
      "epoch 2/5  step 120/937  loss 0.4521  accuracy 0.8712  4571 samples/s  ETA 1:02",
    );
  });

  it("says how an epoch ended", () => {
    expect(progressText(progress({ epochEnd: true, step: 937 }), undefined)).toBe(
      "epoch 2/5  937 steps  loss 0.4521  accuracy 0.8712  4571 samples/s",
    );
  });

  it("does without what is not known", () => {
    const unknown = progress({ epochs: 0, stepsPerEpoch: 0, metrics: [], samplesPerSecond: 2.5 });
    expect(progressText(unknown, undefined)).toBe("epoch 2  step 120  2.50 samples/s");
    expect(barText(unknown, undefined, () => "[bar]", 80)).toBe(
      "epoch 2  step 120  2.50 samples/s",
    );
  });

  it("shows very small, very large and broken values", () => {
    const metrics = [
      ["loss", 1.5e-7],
      ["val_acc", 0],
      ["mse", 12345.67],
      ["big", 1e9],
      ["nan", NaN],
    ] as const;
    expect(progressText(progress({ metrics }), undefined)).toContain(
      "loss 1.500e-7  val_accuracy 0.0000  mse 12345.7  big 1.000e+9  nan NaN",
    );
  });

  it("fits the terminal", () => {
    const draw = (_fraction: number, columns: number): string => "=".repeat(columns);
    const whole = "epoch 2/5  step 120/937  loss 0.4521  accuracy 0.8712  4571 samples/s  ETA 1:02";
    expect(barText(progress(), 62_000, draw, 200)).toBe(
      whole.replace("  ", `  [${"=".repeat(20)}]  `),
    );
    expect(barText(progress(), 62_000, draw, 92)).toBe(whole.replace("  ", "  [========]  "));
    expect(barText(progress(), 62_000, draw, 88)).toBe(whole);
    expect(barText(progress(), 62_000, draw, 30)).toBe(whole.slice(0, 29));
  });
});

describe("durationText and rateText", () => {
  it("are short", () => {
    expect([0, 61_400, 3_723_000].map(durationText)).toEqual(["0:00", "1:01", "1:02:03"]);
    expect([0, 3.14159, 99.94, 4571.4].map(rateText)).toEqual(["0.00", "3.14", "99.9", "4571"]);
  });
});

describe("Pace", () => {
  it("expects the rest to go as the steps so far went", () => {
    const pace = new Pace();
    expect(
      pace.observe(progress({ epoch: 1, epochs: 2, step: 10, stepsPerEpoch: 100 }), 1000),
    ).toBe(undefined);
    expect(
      pace.observe(progress({ epoch: 1, epochs: 2, step: 60, stepsPerEpoch: 100 }), 2000),
    ).toBe(2800);
    expect(
      pace.observe(progress({ epoch: 2, epochs: 2, step: 100, stepsPerEpoch: 100 }), 5000),
    ).toBe(0);
  });

  it("starts again with a second training, and is silent where there is no total", () => {
    const pace = new Pace();
    pace.observe(progress({ epoch: 5 }), 0);
    pace.observe(progress({ epoch: 1, step: 1, stepsPerEpoch: 11, epochs: 1 }), 1000);
    expect(pace.observe(progress({ epoch: 1, step: 2, stepsPerEpoch: 11, epochs: 1 }), 2000)).toBe(
      9000,
    );
    expect(pace.observe(progress({ stepsPerEpoch: 0 }), 3000)).toBe(undefined);
  });
});

describe("progress lines", () => {
  it("are one at the end of each epoch and at most one in ten seconds", () => {
    const clock = new ManualClock();
    const said: string[] = [];
    const lines = createProgressLines((text) => said.push(text), clock);
    for (let second = 0; second <= 25; second += 1) {
      lines.show(progress({ step: second }));
      clock.advance(1000);
    }
    lines.show(progress({ step: 937, epochEnd: true }));
    lines.stop();
    expect(said.map((line) => /step \d+|\d+ steps/.exec(line)?.[0])).toEqual([
      "step 10",
      "step 20",
      "937 steps",
    ]);
    expect(said[0]).toMatch(/^tsrun: epoch 2\/5 .* ETA /);
  });
});

describe("the progress bar", () => {
  it("is gone when it stops, and leaves a line for each epoch", () => {
    let written = "";
    const screen = Object.assign(
      new Writable({
        write: (chunk: Buffer, _encoding, done) => {
          written += chunk.toString();
          done();
        },
      }),
      { isTTY: true, columns: 100 },
    );
    const terminal = new Terminal({ stdout: screen, stderr: screen }, () => undefined);
    const bar = createProgressBar(screen, terminal, new ManualClock());
    bar.show(progress());
    expect(terminal.overlay).toBeDefined();
    bar.show(progress({ step: 937, epochEnd: true }));
    expect(terminal.overlay).toBeUndefined();
    bar.show(progress({ epoch: 3, step: 1 }));
    bar.stop();
    bar.stop();
    expect(terminal.overlay).toBeUndefined();
    expect(written).toContain("tsrun: epoch 2/5  937 steps");
    // Neither the cursor nor the wrapping of the terminal is left changed.
    for (const change of ["[?25l", "[?7l", "\x1b7"]) expect(written).not.toContain(change);
  });
});
