/**
 * Counts samples, and tells the launcher from rank 0 how training goes: at most every 100 ms and at
 * the end of each epoch.
 *
 * A batch's metrics are read only when a report is due, because reading waits for the backend; the
 * mean shown during an epoch is over the batches that were read. The end of the epoch is exact.
 *
 * The rate is over the time of the epoch's steps, as the meter has it: validation, and callbacks
 * between epochs, are not in it.
 */
import * as tf from "@tensorflow/tfjs";
import { type Engine, type Meter, type TrainingProgress } from "@kolo/engine";
import { readLog, stepsPerEpochOf, type TrainingLogs } from "./training-logs.js";

const reportEveryMs = 100;

export type ReportingEngine = Pick<Engine, "world" | "meter" | "report">;

export class TrainingReport extends tf.Callback {
  readonly #engine: ReportingEngine;
  readonly #nowMs: () => number;
  #epoch = 0;
  #steppedMsBefore = 0;
  #lastReportMs = -Infinity;
  #samples = 0;
  #steps = 0;
  #batchesRead = 0;
  #totals = new Map<string, number>();

  constructor(engine: ReportingEngine, nowMs: () => number = () => performance.now()) {
    super();
    this.#engine = engine;
    this.#nowMs = nowMs;
  }

  override async onEpochBegin(epoch: number): Promise<void> {
    this.#epoch = epoch;
    this.#engine.meter.stepBeganMs = this.#nowMs();
    this.#steppedMsBefore = steppedMs(this.#engine.meter);
    this.#samples = this.#steps = this.#batchesRead = 0;
    this.#totals.clear();
    return Promise.resolve();
  }

  override async onBatchEnd(batch: number, logs: TrainingLogs = {}): Promise<void> {
    const samples = typeof logs["size"] === "number" ? logs["size"] : 0;
    this.#engine.meter.samples += samples;
    this.#engine.meter.sampledBatches++;
    if (this.#engine.world.rank !== 0) return;
    this.#samples += samples;
    this.#steps = batch + 1;
    if (this.#nowMs() - this.#lastReportMs < reportEveryMs) return;
    await this.#readBatch(logs);
    this.#report([...this.#totals].map(([name, total]) => [name, total / this.#batchesRead]));
  }

  override async onEpochEnd(_epoch: number, logs: TrainingLogs = {}): Promise<void> {
    // What comes now is no part of a step.
    this.#engine.meter.stepBeganMs = undefined;
    if (this.#engine.world.rank !== 0) return;
    const read = Object.entries(logs).map(async ([name, value]) => {
      return [name, await readLog(value)] as const;
    });
    this.#report(await Promise.all(read), true);
  }

  async #readBatch(logs: TrainingLogs): Promise<void> {
    this.#batchesRead++;
    for (const [name, value] of Object.entries(logs)) {
      if (name === "batch" || name === "size") continue;
      this.#totals.set(name, (this.#totals.get(name) ?? 0) + (await readLog(value)));
    }
  }

  #report(metrics: TrainingProgress["metrics"], epochEnd = false): void {
    const seconds = (steppedMs(this.#engine.meter) - this.#steppedMsBefore) / 1000;
    this.#lastReportMs = this.#nowMs();
    this.#engine.report({
      epoch: this.#epoch + 1,
      epochs: Number(this.params["epochs"]),
      step: this.#steps,
      stepsPerEpoch: stepsPerEpochOf(this.params) ?? 0,
      samplesPerSecond: seconds > 0 ? (this.#samples * this.#engine.world.size) / seconds : 0,
      metrics: [...metrics].sort(([a], [b]) => placeOf(a) - placeOf(b)),
      epochEnd,
    });
  }
}

function steppedMs({ computeMs, packMs, waitMs, unpackMs }: Meter): number {
  return computeMs + packMs + waitMs + unpackMs;
}

/** Loss first, then accuracy, then the rest; validation after training. */
function placeOf(metric: string): number {
  const name = metric.replace(/^val_/, "");
  const place = name === "loss" ? 0 : /^acc(uracy)?$/i.test(name) ? 1 : 2;
  return name === metric ? place : place + 3;
}
