/**
 * Puts kolo's callbacks around the user's in every `fit` and `fitDataset` while a session is there.
 *
 * First the one that tells the optimizer of batches (batch-steps.ts), then kolo's averaging, so that everybody after it sees the world's metrics; then the user's, in
 * their order and in any mixture; then the report, and last the decision to stop, because user
 * callbacks ask for it. tfjs keeps its own around all of them: its logger first, History last.
 *
 * Only a model whose optimizer is distributed takes part in collectives: another one may be trained
 * on one rank alone.
 *
 * `trainOnBatch` has no callbacks; its samples are counted, for the rate in the summary.
 */
import type * as tfjs from "@tensorflow/tfjs";
import { type Engine } from "@kolo/engine";
import { AverageMetrics } from "../callbacks/average-metrics.js";
import { ShardedDataset } from "../data/sharded-dataset.js";
import { distributedStepOf } from "../optimizer/distributed-step.js";
import { currentSession } from "../session.js";
import { stepVoteOf } from "../step-vote.js";
import { AverageLogs } from "./average-logs.js";
import { BatchSteps } from "./batch-steps.js";
import { type CallbackInstance, normalizeCallbacks } from "./normalize-callbacks.js";
import { TrainingReport } from "./training-report.js";
import { worldReduce } from "./world-reduce.js";
import { WorldStop } from "./world-stop.js";

const installed = Symbol.for("kolo.fitHook");

type FitArgs = Pick<tfjs.ModelFitArgs, "callbacks" | "yieldEvery">;

/** Once per copy of tfjs; further calls do nothing. Sequential models delegate to LayersModel. */
export function installFitHook(tf: Pick<typeof tfjs, "LayersModel">): void {
  const { prototype } = tf.LayersModel;
  if (Object.hasOwn(prototype, installed)) return;
  Object.defineProperty(prototype, installed, { value: true });
  // eslint-disable-next-line @typescript-eslint/unbound-method -- both are called with `this` below
  const { fit, fitDataset, trainOnBatch } = prototype;

  prototype.fit = async function (x, y, args = {}) {
    const kolo = withKolo(this, args);
    try {
      return await fit.call(this, x, y, kolo.args);
    } finally {
      kolo.end();
    }
  };
  prototype.fitDataset = async function (dataset, args) {
    const kolo = withKolo(this, args);
    try {
      return await fitDataset.call(this, dataset, kolo.args);
    } finally {
      kolo.end();
      if (dataset instanceof ShardedDataset) await dataset.closeUnfinished();
    }
  };
  prototype.trainOnBatch = async function (x, y) {
    const step = distributedStepOf(this.optimizer);
    if (step !== undefined) step.batchExamples = () => rowsOf(x);
    try {
      const losses = await trainOnBatch.call(this, x, y);
      const meter = currentSession()?.meter;
      if (meter !== undefined && stepVoteOf(this.optimizer) !== undefined) {
        meter.samples += rowsOf(x);
        meter.sampledBatches++;
      }
      return losses;
    } finally {
      if (step !== undefined) step.batchExamples = undefined;
    }
  };
}

function rowsOf(x: Parameters<tfjs.LayersModel["trainOnBatch"]>[0]): number {
  const [first] = "dataSync" in x ? [x] : Object.values(x);
  return (first as tfjs.Tensor | undefined)?.shape[0] ?? 0;
}

/** Arguments with kolo's callbacks, and what is to be called when training has ended, however. */
function withKolo<A extends FitArgs>(
  model: tfjs.LayersModel,
  args: A,
): { readonly args: A; readonly end: () => void } {
  const engine = currentSession();
  // A missing optimizer or missing args are tfjs's to complain about.
  const optimizer = model.optimizer as tfjs.Optimizer | undefined;
  if (engine === undefined || (args as A | undefined) === undefined) {
    return { args, end: () => undefined };
  }
  const step = optimizer === undefined ? undefined : distributedStepOf(optimizer);
  const first = step === undefined ? [] : [new BatchSteps(step)];
  const users = normalizeCallbacks(args.callbacks, args.yieldEvery);
  return {
    args: { ...args, callbacks: surround(engine, optimizer, { first, users }) },
    end: () => {
      for (const batches of first) batches.end();
    },
  };
}

function surround(
  engine: Engine,
  optimizer: tfjs.Optimizer | undefined,
  {
    first,
    users,
  }: { readonly first: readonly BatchSteps[]; readonly users: readonly CallbackInstance[] },
): CallbackInstance[] {
  const vote = optimizer === undefined ? undefined : stepVoteOf(optimizer);
  if (vote === undefined) return [...users];
  const report = new TrainingReport(engine);
  if (engine.world.size === 1) return [...first, ...users, report];
  const averages = users.some((callback) => callback instanceof AverageMetrics)
    ? [new AverageLogs(worldReduce(engine, "average"))]
    : [];
  return [...first, ...averages, ...users, report, new WorldStop(vote, worldReduce(engine, "max"))];
}
