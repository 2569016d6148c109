/** A hook on every member of a group, for tests: memories of their own, and runs of all together. */
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
  /** Lengths of what is kept. */
  arraysOf(bucket: Bucket): readonly number[];
  demandOf(bucket: Bucket): Demand;
  hookOf(bucket: Bucket, memory: HookMemory): Hook;
}

export function createMembers(options: MembersOptions): Members {
  const { size, count, matrices = [] } = options;
  const group = fakeGroup(size);
  const members = group.map((collectives, rank) => {
    const bucket: Bucket = { count, matrices, rank, size };
    const demand = options.demandOf(bucket);
    // Somewhere in shared memory, as in the arena.
    const memory = {
      state: new Float32Array(new SharedArrayBuffer(4 * demand.state + 16), 16),
      exchange: new Int32Array(new SharedArrayBuffer(4 * demand.exchange + 16), 16),
    };
    const arrays = options.arraysOf(bucket);
    return { collectives, memory, hook: options.hookOf(bucket, memory), arrays };
  });
  const states = (): HookState[] =>
    members.map(({ memory, arrays }) => new HookState(memory.state, arrays));
  return {
    size,
    async run(inputs) {
      return await Promise.all(
        members.map(async ({ collectives, memory, hook }, rank) => {
          const values = Float32Array.from(inputs[rank] ?? []);
          // As another operation may have left it: as floats, NaN.
          memory.exchange.fill(-1 - rank);
          await hook.run(values, collectives);
          return values;
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
