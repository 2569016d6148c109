/**
 * PowerSGD: of each matrix, the part that lies in few directions, found by one step of subspace
 * iteration a run. Both steps are linear, so thin matrices of all members add up in all-reduces.
 *
 *   M = values + residual                       of each member, its own
 *   P = M · Q,  all-reduce P, orthonormalize    Q: what the last run found (warm start)
 *   Q = Mᵀ · P, all-reduce Q
 *   values = P · Qᵀ                             the sum of all members' M, projected to P
 *   residual = M - P · Qᵀ, with its own Q
 *
 * All members' residuals add up to just what the sum lacks, since P is the same on all: whatever P is,
 * nothing is lost, and P need not be exact. Where PyTorch takes the mean of all for a member's share,
 * which has the same sum, a member would keep what sets it apart from others for ever, and it grows
 * with each run if data differ between members. Its own Q is its own projection: what is kept is
 * never longer than M, and another member's loss takes nothing with it.
 *
 * Of a matrix that is not finite on some member, or beyond 2^100 so that products could overflow, that
 * member sends P as NaN: all see it, make the whole of it NaN, and keep of it what they had.
 *
 * Source: Vogels, Karimireddy & Jaggi, "PowerSGD: practical low-rank gradient compression for
 * distributed optimization", NeurIPS 2019; PyTorch's powerSGD_hook.
 */
import { inParts, type Pace, type Work } from "@kolo/core";
import { type Kernels } from "@kolo/kernels";
import { type PowerSGD } from "../compression.js";
import { type Bucket, type Group, type Hook, type HookMemory } from "../hook.js";
import { HookState } from "../hook-state.js";
import { orthonormalize } from "./orthonormalize.js";
import { powerSGDArrays, powerSGDLayout, type Range } from "./power-sgd-layout.js";
import { addProduct, multiply, multiplyTransposed } from "./products.js";
import { fillRandomly } from "./random-direction.js";

/** A group of one exchanges nothing: its values stay as they are. */
export function powerSGDHook(powerSGD: PowerSGD, bucket: Bucket, memory: HookMemory): Hook {
  const arrays = powerSGDArrays(powerSGD, bucket);
  const state = new HookState(memory.state, arrays);
  const exchange =
    arrays.length > 0 ? new FactorExchange(powerSGD, bucket, memory, state) : undefined;
  return {
    async run(values, group, pace) {
      if (exchange !== undefined && state.updates >= powerSGD.startUpdates) {
        await exchange.run(values, group, pace);
      } else {
        for (const array of arrays.keys()) {
          await pace.follow(copy(state.next(array), state.current(array)));
        }
        if (bucket.size > 1) await group.allReduce(values);
      }
      state.advance();
    },
  };
}

class FactorExchange {
  readonly #state: HookState;
  readonly #kernels: Kernels;
  readonly #matrices;
  readonly #rest: readonly { readonly range: Range; readonly packed: Float32Array }[];
  /** All left matrices and all that is not factored; then all right ones. */
  readonly #first: Float32Array;
  readonly #second: Float32Array;

  constructor(powerSGD: PowerSGD, bucket: Bucket, memory: HookMemory, state: HookState) {
    const { exchange, kernels } = memory;
    const layout = powerSGDLayout(powerSGD, bucket);
    const { leftElements, restElements, rightElements } = layout;
    const floats = new Float32Array(exchange.buffer, exchange.byteOffset, exchange.length);
    this.#state = state;
    this.#kernels = kernels;
    this.#first = floats.subarray(0, leftElements + restElements);
    this.#second = floats.subarray(this.#first.length, this.#first.length + rightElements);
    this.#matrices = layout.factored.map(({ matrix, left, right }) => ({
      shape: matrix,
      place: { offset: matrix.offset, count: matrix.rows * matrix.columns },
      rightPlace: right,
      left: part(this.#first, left),
      right: part(this.#second, right),
    }));
    let offset = leftElements;
    this.#rest = layout.rest.map((range) => {
      const packed = part(this.#first, { offset, count: range.count });
      offset += range.count;
      return { range, packed };
    });
  }

  /** Writes all of the next state. */
  async run(values: Float32Array, group: Group, pace: Pace): Promise<void> {
    await pace.follow(this.#findLeft(values));
    await group.allReduce(this.#first);
    await pace.follow(this.#findRight(values));
    await group.allReduce(this.#second);
    await pace.follow(this.#multiplyOut(values));
  }

  *#findLeft(values: Float32Array): Work {
    const { updates } = this.#state;
    yield* copy(this.#second, this.#state.current(1));
    for (const { shape, place, left, right } of this.#matrices) {
      const matrix = part(values, place);
      if (!(yield* addWithin(matrix, part(this.#state.current(0), place)))) {
        yield* fill(left, NaN);
        continue;
      }
      // At first all of them are zero, and later those that nothing was found for. They need not be
      // the same on all members, but the sum's own directions are found sooner if they are.
      yield* orthonormalize(right, shape.columns, (vector, index, attempt) =>
        fillRandomly(vector, [place.offset, index, updates, attempt]),
      );
      yield* multiply(this.#kernels, { matrix, shape, left, right });
    }
    for (const { range, packed } of this.#rest) yield* copy(packed, part(values, range));
  }

  *#findRight(values: Float32Array): Work {
    for (const { range, packed } of this.#rest) {
      yield* copy(part(values, range), packed);
      yield* fill(part(this.#state.next(0), range), 0);
    }
    for (const { shape, place, left, right } of this.#matrices) {
      if (!(yield* allFinite(left))) {
        // Every member has seen it, and none will take what comes of it for numbers.
        yield* fill(right, NaN);
        continue;
      }
      const matrix = part(values, place);
      yield* orthonormalize(left, shape.rows);
      yield* multiplyTransposed(this.#kernels, { matrix, shape, left, right });
      const residual = part(this.#state.next(0), place);
      yield* copy(residual, matrix);
      yield* addProduct(this.#kernels, { matrix: residual, shape, left, right }, -1);
    }
  }

  *#multiplyOut(values: Float32Array): Work {
    for (const { shape, place, rightPlace, left, right } of this.#matrices) {
      const matrix = part(values, place);
      if (yield* allFinite(right)) {
        yield* copy(part(this.#state.next(1), rightPlace), right);
        yield* fill(matrix, 0);
        yield* addProduct(this.#kernels, { matrix, shape, left, right }, 1);
      } else {
        yield* fill(matrix, NaN);
        for (const [array, kept] of [place, rightPlace].entries()) {
          const before = part(this.#state.current(array), kept);
          yield* copy(part(this.#state.next(array), kept), before);
        }
      }
    }
  }
}

function part(array: Float32Array, { offset, count }: Range): Float32Array {
  return array.subarray(offset, offset + count);
}

function* copy(target: Float32Array, source: Float32Array): Work {
  yield* inParts(source.length, (start, end) => {
    target.set(source.subarray(start, end), start);
  });
}

function* fill(values: Float32Array, value: number): Work {
  yield* inParts(values.length, (start, end) => values.fill(value, start, end));
}

function* allFinite(values: Float32Array): Work<boolean> {
  let isFinite = true;
  yield* inParts(values.length, (start, end) => {
    isFinite &&= values.subarray(start, end).every(Number.isFinite);
  });
  return isFinite;
}

const largestMagnitude = 2 ** 100;

/** False if a sum is larger than that, or NaN. */
function* addWithin(values: Float32Array, addend: Float32Array): Work<boolean> {
  let isWithin = true;
  const addPart = (start: number, end: number): void => {
    for (let i = start; i < end; i++) {
      // eslint-disable-next-line @typescript-eslint/no-non-null-assertion -- a kernel, of equal lengths
      const sum = values[i]! + addend[i]!;
      if (!(Math.abs(sum) <= largestMagnitude)) isWithin = false;
      values[i] = sum;
    }
  };
  yield* inParts(values.length, addPart, { work: 2 });
  return isWithin;
}
