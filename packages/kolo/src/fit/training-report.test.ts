import { beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { fakeWorld } from "./testing/fake-world.js";
import { TrainingReport } from "./training-report.js";

let nowMs = 0;
const start = (rank: number, params: tf.Callback["params"] = {}) => {
  const { engine, reported } = fakeWorld({ rank, size: 4 });
  const report = new TrainingReport(engine, () => nowMs);
  report.setParams({ epochs: 3, steps: 8, ...params });
  return { engine, reported, report };
};

beforeAll(async () => {
  tf.env().set("IS_TEST", true);
  await tf.setBackend("cpu");
});
beforeEach(() => {
  nowMs = 1000;
});

describe("the training report", () => {
  it("comes at most every 100 ms, with the mean of the batches it read", async () => {
    const { engine, reported, report } = start(0);
    engine.meter.unpackMs = 9e9;
    await report.onEpochBegin(1);
    for (let batch = 0; batch < 8; batch++) {
      nowMs += 40;
      engine.meter.computeMs += 30;
      engine.meter.waitMs += 10;
      await report.onBatchEnd(batch, { batch, size: 10, acc: batch / 10, loss: 8 - batch });
    }
    const of = (step: number, mean: number) => ({
      epoch: 2,
      epochs: 3,
      step,
      stepsPerEpoch: 8,
      // 4 ranks × 10 examples in 40 ms
      samplesPerSecond: expect.closeTo(1000),
      metrics: [
        ["loss", expect.closeTo(8 - mean)],
        ["acc", expect.closeTo(mean / 10)],
      ],
      epochEnd: false,
    });
    expect(reported).toEqual([of(1, 0), of(4, 1.5), of(7, 3)]);
  });

  it("reads no tensor of a batch that is not reported", async () => {
    const { reported, report } = start(0);
    await report.onEpochBegin(0);
    const loss = tf.scalar(3);
    await report.onBatchEnd(0, { size: 1, loss });
    loss.dispose();
    // Reading would throw now.
    nowMs += 99;
    await report.onBatchEnd(1, { size: 1, loss });
    expect(reported.map(({ metrics }) => metrics)).toEqual([[["loss", 3]]]);
  });

  it("ends each epoch with its exact metrics, in order, and disposes none of them", async () => {
    const { reported, report } = start(0, { steps: NaN, samples: 100, batchSize: 32 });
    await report.onEpochBegin(0);
    await report.onBatchEnd(0, { size: 32 });
    const loss = tf.scalar(0.5);
    const val = { val_acc: 0.75, val_loss: 0.25 };
    await report.onEpochEnd(0, { mae: 1, ...val, acc: 0.125, loss });
    expect(reported.at(-1)).toMatchObject({
      epoch: 1,
      step: 1,
      stepsPerEpoch: 4,
      metrics: [
        ["loss", 0.5],
        ["acc", 0.125],
        ["mae", 1],
        ["val_loss", 0.25],
        ["val_acc", 0.75],
      ],
      epochEnd: true,
    });
    expect(loss.isDisposed).toBe(false);
    loss.dispose();
  });

  it("says 0 for an epoch of unknown length, and knows no speed before a batch took time", async () => {
    const { reported, report } = start(0, { steps: NaN });
    await report.onEpochBegin(0);
    await report.onBatchEnd(0, { size: 32 });
    expect(reported).toMatchObject([{ stepsPerEpoch: 0, samplesPerSecond: 0 }]);
  });

  it("tells the meter when an epoch's first step begins, and that none goes on after its last", async () => {
    const { engine, report } = start(1);
    await report.onEpochBegin(0);
    expect(engine.meter.stepBeganMs).toBe(1000);
    await report.onEpochEnd(0);
    expect(engine.meter.stepBeganMs).toBe(undefined);
  });

  it("counts samples on every rank, and reports from rank 0 only", async () => {
    const { engine, reported, report } = start(1);
    await report.onEpochBegin(0);
    await report.onBatchEnd(0, { size: 10, loss: 1 });
    await report.onBatchEnd(1, { size: 7, loss: 1 });
    await report.onEpochEnd(0, { loss: 1 });
    expect(engine.meter).toMatchObject({ samples: 17, sampledBatches: 2 });
    expect(reported).toEqual([]);
  });
});
