/**
 * Runs on every rank, under tsrun: the same collective by each of its algorithms, in turns within one
 * process, because launches differ by more than what is measured.
 */
import { type Engine, type PreparedOperation, startEngine } from "@kolo/engine";
import {
  type Algorithm,
  algorithms,
  type AlgorithmSamples,
  type AlgorithmsPlan,
  type Kind,
} from "./algorithms-plan.js";

interface Case extends Omit<AlgorithmSamples, "durationsUs"> {
  readonly operation: PreparedOperation;
  readonly durationsUs: number[];
}

/** In a turn; the first few find caches that others have filled. */
const runs = 12;
const settlingRuns = 2;
/** Until code is compiled. */
const warmUpTurns = 4;

async function main(): Promise<void> {
  const { kind, bytes, turns } = JSON.parse(process.argv[2] ?? "") as AlgorithmsPlan;
  const engine = await startEngine();
  const barrier = engine.prepare({ kind: "barrier", name: "before each run" });
  const runUs = (operation: PreparedOperation): number => {
    barrier.start();
    barrier.waitSync();
    const startMs = performance.now();
    operation.start();
    operation.waitSync();
    return (performance.now() - startMs) * 1000;
  };
  const cases = bytes.flatMap((one) =>
    algorithms.map((algorithm): Case => {
      const operation = prepare(engine, kind, one, algorithm);
      return { bytes: one, algorithm, operation, durationsUs: [] };
    }),
  );
  for (let turn = -warmUpTurns; turn < turns; turn++) {
    // Who goes first changes, so that a drift of the machine is for all alike.
    for (const { operation, durationsUs } of turn % 2 === 0 ? cases : [...cases].reverse()) {
      for (let run = -settlingRuns; run < runs; run++) {
        const us = runUs(operation);
        if (turn >= 0 && run >= 0) durationsUs.push(us);
      }
    }
  }
  for (const { bytes, algorithm, durationsUs } of cases) {
    const samples: AlgorithmSamples = { bytes, algorithm, durationsUs: max(engine, durationsUs) };
    if (engine.world.rank === 0) console.log(JSON.stringify(samples));
  }
  await engine.shutdown();
}

function prepare(
  engine: Engine,
  kind: Kind,
  bytes: number,
  algorithm: Algorithm,
): PreparedOperation {
  const { size } = engine.world;
  const common = { name: `bench ${bytes}`, dtype: "float32", algorithm } as const;
  if (kind === "allGather") {
    const counts = Array<number>(size).fill(Math.floor(bytes / 4 / size));
    return engine.prepare({ ...common, kind, counts, rowShape: [] });
  }
  const reducing = { op: "sum", prescale: 1, postscale: 1 } as const;
  return engine.prepare({ ...common, ...reducing, kind, shape: [bytes / 4] });
}

/** The largest of all ranks' numbers, one by one. */
function max(engine: Engine, values: readonly number[]): number[] {
  const operation = engine.prepare({
    ...{ kind: "allReduce", name: "slowest", dtype: "float32", shape: [values.length] },
    ...{ op: "max", prescale: 1, postscale: 1 },
  });
  operation.input.set(values);
  operation.start();
  operation.waitSync();
  const largest = Array.from(operation.output);
  operation.release();
  return largest;
}

void main();
