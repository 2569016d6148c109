/** Executors of a whole world in one process, over links whose every step a test decides. */
import { type DType, isKoloError, type KoloError, type ReduceOp } from "@kolo/core";
import { plainKernels } from "@kolo/kernels";
import { Executor } from "../executor.js";
import { type AllReduce, type Algorithm, type Operation } from "../operation.js";
import { planOperation } from "../plan/plan-operation.js";
import { createFakeNetwork, type FakeNetwork } from "./fake-network.js";

export type Elements = Float32Array | Int32Array;

const generation = 1;
export const scratchBytes = 64;
export const memoryBytes = 256 * 1024;

export interface Rank {
  readonly executor: Executor;
  readonly bytes: Uint8Array;
  readonly failures: KoloError[];
  readonly start: (
    sequence: number,
    operation: Operation,
    input?: ArrayLike<number>,
    algorithm?: Algorithm,
  ) => Promise<Elements>;
}

export interface World extends FakeNetwork {
  readonly ranks: readonly Rank[];
  rank(index: number): Rank;
  /** Delivers until nothing moves; `choose` picks among the wires that have something. */
  pump(choose?: (count: number) => number): Promise<void>;
}

export function createWorld(size: number, segmentElements: number, places = false): World {
  const network = createFakeNetwork(size, places);
  const ranks = network.transports.map((transport, rank): Rank => {
    const memory = new SharedArrayBuffer(memoryBytes);
    const failures: KoloError[] = [];
    const executor = new Executor({
      world: { rank, size },
      generation,
      transport,
      memory,
      kernels: plainKernels(memory),
      scratchByteOffset: 0,
      scratchBytes,
      onFailure: (error) => failures.push(error),
    });
    executor.connect();
    return {
      executor,
      failures,
      bytes: new Uint8Array(memory),
      start: async (sequence, operation, input = [], algorithm = "ring") => {
        const plan = planOperation(operation, { rank, size }, { segmentElements, algorithm });
        const { elements } = plan.layout;
        const buffer =
          plan.dtype === "int32"
            ? new Int32Array(memory, scratchBytes, elements)
            : new Float32Array(memory, scratchBytes, elements);
        buffer.set(input, plan.layout.input.offset);
        await executor.run(sequence, operation, plan, scratchBytes);
        const { offset, count } = plan.layout.output;
        return buffer.slice(offset, offset + count);
      },
    };
  });
  const rank = (index: number): Rank => {
    const found = ranks[index];
    if (found === undefined) throw new Error(`no rank ${index}`);
    return found;
  };
  const pump = async (choose: (count: number) => number = () => 0): Promise<void> => {
    for (;;) {
      await turn();
      const ready = network.wires.filter((wire) => wire.ready);
      if (ready.length === 0) return;
      ready[choose(ready.length)]?.deliver();
    }
  };
  return { ...network, ranks, rank, pump };
}

/** Lets everything that is already decided happen. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The error a promise ends with; a promise that is still pending fails the test, not its timeout. */
export async function rejection(promise: Promise<unknown>): Promise<KoloError> {
  const pending = Symbol("pending");
  const outcome = await Promise.race([
    promise.then(
      () => "resolved",
      (error: unknown) => error,
    ),
    turn().then(() => pending),
  ]);
  if (!isKoloError(outcome)) throw new Error(`expected a KoloError, got ${String(outcome)}`);
  return outcome;
}

export const allReduce = (dtype: DType, count: number, op: ReduceOp = "sum"): AllReduce => ({
  kind: "allReduce",
  name: "a",
  dtype,
  shape: [count],
  op,
  prescale: 1,
  postscale: 1,
});
export const barrier: Operation = { kind: "barrier", name: "b" };

/** A value no other (rank, element) has: a swapped segment cannot sum to the right answer. */
export const cell = (rank: number, i: number, size: number): number => i * size + rank;
export const cells = (rank: number, count: number, size: number): number[] =>
  Array.from({ length: count }, (_, i) => cell(rank, i, size));
