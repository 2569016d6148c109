/**
 * A collective on tensors, written once for its blocking and its async form: a generator that
 * starts operations and yields what it waits for. Whoever drives it blocks, or awaits.
 *
 * The last operation is not yielded but returned: from then on this collective starts nothing any
 * more, so the next one may begin, while its result is still under way.
 */
import { type Operation } from "@kolo/collectives";
import { type Elements, type Engine, type PreparedOperation } from "@kolo/engine";
import { type Input } from "./input.js";
import { readInto } from "./read-into.js";

/**
 * An operation that was started, or something outside of kolo. The driver releases the operation,
 * when the generator has gone on: it has read the output by then.
 */
export type Wait = PreparedOperation | Promise<unknown>;

/** One operation that was started, or several. */
export type Pending = Pick<PreparedOperation, "wait" | "waitSync" | "release">;

export interface Finish<T> {
  /** What was started last; the driver waits for it, asks for the result, and releases it. */
  readonly operation?: Pending;
  readonly result: () => T;
}

export type Steps<T> = Generator<Wait, Finish<T>, void>;

/** Starts an operation; it is released where that fails. */
export function startOperation(
  engine: Engine,
  operation: Operation,
  pack: (input: Elements) => void,
): PreparedOperation {
  const prepared = engine.prepare(operation);
  try {
    packAndStart(engine, prepared, pack);
    return prepared;
  } catch (error) {
    prepared.release();
    throw error;
  }
}

export function packAndStart(
  { timeline }: Engine,
  prepared: PreparedOperation,
  pack: (input: Elements) => void,
): void {
  const fromMs = timeline === undefined ? 0 : performance.now();
  pack(prepared.input);
  prepared.start();
  timeline?.span("pack", fromMs, performance.now(), prepared.id);
}

/** Starts an operation that is not the last, and waits for it. */
export function* runOperation<T>(
  engine: Engine,
  operation: Operation,
  { pack, unpack }: { pack: (input: Elements) => void; unpack: (output: Elements) => T },
): Generator<Wait, T, void> {
  const prepared = startOperation(engine, operation, pack);
  yield prepared;
  return unpackFrom(engine, prepared, unpack);
}

/** What `unpack` makes of the output of an operation that is done. */
export function unpackFrom<T>(
  { timeline }: Engine,
  { output, id }: PreparedOperation,
  unpack: (output: Elements) => T,
): T {
  if (timeline === undefined) return unpack(output);
  const fromMs = performance.now();
  const result = unpack(output);
  timeline.span("unpack", fromMs, performance.now(), id);
  return result;
}

/** Packs `input`, releases it, and starts the last operation of a collective. */
// eslint-disable-next-line require-yield -- the last operation is not waited for here
export function* lastOperation<T>(
  engine: Engine,
  input: Input,
  operation: Operation,
  unpack: (output: Elements) => T,
  pack = (target: Elements): void => {
    readInto(input.tensor, target);
  },
): Steps<T> {
  try {
    const prepared = startOperation(engine, operation, pack);
    return { operation: prepared, result: () => unpackFrom(engine, prepared, unpack) };
  } finally {
    input.release();
  }
}

/** Every rank's row of integers: how ranks learn of each other's counts. */
export function* exchangeIntegers(
  engine: Engine,
  name: string,
  mine: readonly number[],
): Generator<Wait, number[][], void> {
  const { size } = engine.world;
  const operation = {
    kind: "allGather",
    name,
    dtype: "int32",
    counts: Array<number>(size).fill(mine.length),
    rowShape: [],
  } as const;
  return yield* runOperation(engine, operation, {
    pack: (input) => {
      input.set(mine);
    },
    unpack: (output) =>
      Array.from({ length: size }, (_, rank) => [
        ...output.subarray(rank * mine.length, (rank + 1) * mine.length),
      ]),
  });
}

/** Steps of a collective that has no last operation to wait for. */
export function* finishing<T>(steps: Generator<Wait, T, void>): Steps<T> {
  const result = yield* steps;
  return { result: () => result };
}
