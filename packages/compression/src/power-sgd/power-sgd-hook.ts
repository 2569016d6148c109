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
  const factors = arrays.length > 0 ? new Factors(powerSGD, bucket, memory, state) : undefined;
  return {
    async run(values, group) {
      if (factors !== undefined && state.updates >= powerSGD.startUpdates) {
        await factors.exchange(values, group);
      } else {
        for (const array of arrays.keys()) state.next(array).set(state.current(array));
        if (bucket.size > 1) await group.allReduce(values);
      }
      state.advance();
    },
  };
}

class Factors {
  readonly #state: HookState;
  readonly #matrices;
  readonly #rest: readonly { readonly range: Range; readonly packed: Float32Array }[];
  /** All left matrices and all that is not factored; then all right ones. */
  readonly #first: Float32Array;
  readonly #second: Float32Array;

  constructor(powerSGD: PowerSGD, bucket: Bucket, { exchange }: HookMemory, state: HookState) {
    const layout = powerSGDLayout(powerSGD, bucket);
    const { leftElements, restElements, rightElements } = layout;
    const floats = new Float32Array(exchange.buffer, exchange.byteOffset, exchange.length);
    this.#state = state;
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
  async exchange(values: Float32Array, group: Group): Promise<void> {
    this.#findLeft(values);
    await group.allReduce(this.#first);
    this.#findRight(values);
    await group.allReduce(this.#second);
    this.#multiplyOut(values);
  }

  #findLeft(values: Float32Array): void {
    const { updates } = this.#state;
    this.#second.set(this.#state.current(1));
    for (const { shape, place, left, right } of this.#matrices) {
      const matrix = part(values, place);
      if (!addWithin(matrix, part(this.#state.current(0), place))) {
        left.fill(NaN);
        continue;
      }
      // At first all of them are zero, and later those that nothing was found for. They need not be
      // the same on all members, but the sum's own directions are found sooner if they are.
      orthonormalize(right, shape.columns, (vector, index, attempt) => {
        fillRandomly(vector, [place.offset, index, updates, attempt]);
      });
      multiply(matrix, shape, right, left);
    }
    for (const { range, packed } of this.#rest) packed.set(part(values, range));
  }

  #findRight(values: Float32Array): void {
    for (const { range, packed } of this.#rest) {
      part(values, range).set(packed);
      part(this.#state.next(0), range).fill(0);
    }
    for (const { shape, place, left, right } of this.#matrices) {
      if (!allFinite(left)) {
        // Every member has seen it, and none will take what comes of it for numbers.
        right.fill(NaN);
        continue;
      }
      const matrix = part(values, place);
      orthonormalize(left, shape.rows);
      multiplyTransposed(matrix, shape, left, right);
      const residual = part(this.#state.next(0), place);
      residual.set(matrix);
      addProduct(residual, shape, left, right, -1);
    }
  }

  #multiplyOut(values: Float32Array): void {
    for (const { shape, place, rightPlace, left, right } of this.#matrices) {
      const matrix = part(values, place);
      if (allFinite(right)) {
        part(this.#state.next(1), rightPlace).set(right);
        addProduct(matrix.fill(0), shape, left, right, 1);
      } else {
        matrix.fill(NaN);
        part(this.#state.next(0), place).set(part(this.#state.current(0), place));
        part(this.#state.next(1), rightPlace).set(part(this.#state.current(1), rightPlace));
      }
    }
  }
}

function part(array: Float32Array, { offset, count }: Range): Float32Array {
  return array.subarray(offset, offset + count);
}

function allFinite(values: Float32Array): boolean {
  return values.every(Number.isFinite);
}

const largestMagnitude = 2 ** 100;

/** False if a sum is larger than that, or NaN. */
function addWithin(values: Float32Array, addend: Float32Array): boolean {
  let isWithin = true;
  for (let i = 0; i < values.length; i++) {
    // eslint-disable-next-line @typescript-eslint/no-non-null-assertion -- a kernel, of equal lengths
    const sum = values[i]! + addend[i]!;
    if (!(Math.abs(sum) <= largestMagnitude)) isWithin = false;
    values[i] = sum;
  }
  return isWithin;
}
