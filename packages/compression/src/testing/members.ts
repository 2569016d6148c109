/** A hook on every member of a group, for tests: memories of their own, and runs of all together. */
import { Pace } from "@kolo/core";
import { simdKernels } from "@kolo/kernels";
import { type Bucket, type Demand, type Hook, type HookMemory, type Matrix } from "../hook.js";
import { HookState } from "../hook-state.js";
import { fakeGroup } from "./fake-group.js";

export interface Members {
  readonly size: number;
  /** Gives each member its values, and returns what each is left with. */
  run(inputs: readonly ArrayLike<number>[]): Promise<readonly Float32Array[]>;
  /** What each has kept, array by array. */
  kept(): readonly (readonly Float32Array[])[];
  updates(): readonly number[];
  takeBack(): void;
}

export interface MembersOptions {
  readonly size: number;
  readonly count: number;
  readonly matrices?: readonly Matrix[];
  /** Of each member. */
  readonly paceOf?: () => Pace;
  /** Lengths of what is kept. */
  arraysOf(bucket: Bucket): readonly number[];
  demandOf(bucket: Bucket): Demand;
  hookOf(bucket: Bucket, memory: HookMemory): Hook;
}

export function createMembers(options: MembersOptions): Members {
  const { size, count, matrices = [], paceOf = () => new Pace() } = options;
  const group = fakeGroup(size);
  const members = group.map((collectives, rank) => {
    const bucket: Bucket = { count, matrices, rank, size };
    const demand = options.demandOf(bucket);
    const { memory, values } = memoryFor(demand, count);
    const arrays = options.arraysOf(bucket);
    const hook = options.hookOf(bucket, memory);
    return { collectives, memory, values, hook, arrays, pace: paceOf() };
  });
  const states = (): HookState[] =>
    members.map(({ memory, arrays }) => new HookState(memory.state, arrays));
  return {
    size,
    async run(inputs) {
      return await Promise.all(
        members.map(async ({ collectives, memory, values, hook, pace }, rank) => {
          values.set(inputs[rank] ?? []);
          // As another operation may have left it: as floats, NaN.
          memory.exchange.fill(-1 - rank);
          await hook.run(values, collectives, pace);
          return Float32Array.from(values);
        }),
      );
    },
    kept: () =>
      states().map((state, rank) =>
        (members[rank]?.arrays ?? []).map((_, array) => state.current(array).slice()),
      ),
    updates: () => states().map((state) => state.updates),
    takeBack: () => {
      for (const state of states()) state.takeBack();
    },
  };
}

/** In shared memory, as the arena is. */
export function memoryFor(
  { state, exchange }: Demand,
  count: number,
): { readonly memory: HookMemory; readonly values: Float32Array } {
  const pages = Math.ceil((4 * (state + exchange + count)) / 2 ** 16) + 1;
  const arena = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  let byteOffset = 16;
  const take = (length: number): number => (byteOffset += 4 * length) - 4 * length;
  return {
    memory: {
      state: new Float32Array(arena.buffer, take(state), state),
      exchange: new Int32Array(arena.buffer, take(exchange), exchange),
      kernels: simdKernels(arena),
    },
    values: new Float32Array(arena.buffer, take(count), count),
  };
}

/** In doubles: what the members' values add up to. */
export function exactSum(inputs: readonly ArrayLike<number>[]): Float64Array {
  const sum = new Float64Array(inputs[0]?.length ?? 0);
  for (const values of inputs)
    for (const i of sum.keys()) sum[i] = (sum[i] ?? 0) + (values[i] ?? 0);
  return sum;
}

/** Whether all members have the same, to the bit (or NaN). */
export function areSame(results: readonly Float32Array[]): boolean {
  const [first = new Float32Array()] = results;
  return results.every(
    (result) =>
      result.length === first.length && result.every((value, i) => Object.is(value, first[i])),
  );
}
