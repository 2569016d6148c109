/**
 * Runs on every rank, under tsrun: all-reduces as the optimizer makes them, prepared once, in place
 * in the arena, straight through the engine.
 */
import { type Engine, startEngine } from "@kolo/engine";
import { type AllReduce, measureAllReduce, type Ranks } from "./measure-all-reduce.js";
import { type Case, type MeasuringPlan } from "./measuring-plan.js";

async function main(): Promise<void> {
  const plan = JSON.parse(process.argv[2] ?? "") as MeasuringPlan;
  const engine = await startEngine();
  const ranks = ranksOf(engine);
  for (const one of plan.cases) {
    const samples = measureAllReduce(one, plan, ranks, (wanted) => inArena(engine, wanted));
    if (ranks.rank === 0) console.log(JSON.stringify(samples));
  }
  await engine.shutdown();
}

function ranksOf(engine: Engine): Ranks {
  const barrier = engine.prepare({ kind: "barrier", name: "before each run" });
  return {
    rank: engine.world.rank,
    size: engine.world.size,
    barrier: () => {
      barrier.start();
      barrier.waitSync();
    },
    max: (values) => {
      const all = inArena(engine, { bytes: values.length * 4, op: "max", dtype: "float32" });
      all.input.set(values);
      all.run();
      const largest = Float32Array.from(all.output);
      all.release();
      return largest;
    },
  };
}

function inArena(engine: Engine, { bytes, op, dtype }: Case): AllReduce {
  const operation = engine.prepare({
    kind: "allReduce",
    name: `bench ${op} ${dtype} ${bytes}`,
    dtype,
    shape: [bytes / 4],
    op,
    prescale: 1,
    postscale: 1,
  });
  return {
    input: operation.input,
    output: operation.output,
    run: () => {
      operation.start();
      operation.waitSync();
    },
    release: () => {
      operation.release();
    },
  };
}

void main();
