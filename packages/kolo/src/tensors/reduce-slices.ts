/**
 * A large tensor that goes to other hosts is cut into slices, an operation each: the link is busy with
 * one while the next is packed and the one before is unpacked. On one host, the processors have no time
 * to spare: there it stays whole.
 */
import type * as tf from "@tensorflow/tfjs";
import { type AllReduce } from "@kolo/collectives";
import { type CompressionOptions, type Elements, type Engine } from "@kolo/engine";
import { type Input } from "./input.js";
import { valuesOf } from "./read-into.js";
import { type ResultRoom, roomFor } from "./result-room.js";
import { elementsOf, splitEvenly } from "./rows.js";
import { startTogether } from "./start-together.js";
import { type Steps } from "./steps.js";

/** Each slice has the latency of an operation of its own: few of them, and none that is small. */
const mostSlices = 8;
const leastSliceElements = (12 * 2 ** 20) / 4;

export interface Slice {
  readonly operation: AllReduce;
  /** Of its first element in the tensor. */
  readonly offset: number;
}

/** The same on every rank: ranks whose tensors differ in shape have different operations. */
export function slicesOf(operation: AllReduce, crossSize: number): Slice[] {
  const { name, shape } = operation;
  const count = elementsOf(shape);
  const slices = Math.min(mostSlices, Math.floor(count / leastSliceElements));
  if (crossSize === 1 || slices < 2) return [{ operation, offset: 0 }];
  let end = 0;
  return splitEvenly(count, slices).map((elements, i) => {
    const offset = end;
    end += elements;
    const named = `${name} [${shape.join(",")}] ${i + 1}/${slices}`;
    return { operation: { ...operation, name: named, shape: [elements] }, offset };
  });
}

/** Packs `input`, releases it, and starts all of them. */
// eslint-disable-next-line require-yield -- what it starts is not waited for here
export function* reduceSlices(
  engine: Engine,
  input: Input,
  slices: readonly Slice[],
  compression?: CompressionOptions,
): Steps<tf.Tensor> {
  let room: ResultRoom | undefined;
  try {
    const result = (room = roomFor(input.shape, input.dtype));
    const values = valuesOf(input.tensor);
    const parts = slices.map(({ operation, offset }) => ({
      operation,
      pack: (target: Elements) => {
        target.set(values.subarray(offset, offset + target.length));
      },
      unpack: (output: Elements) => {
        result.put(offset, output);
      },
    }));
    const { release, ...waits } = startTogether(engine, parts, compression && { compression });
    result.touch();
    return {
      operation: {
        ...waits,
        release: () => {
          release();
          result.release();
        },
      },
      result: () => result.tensor(),
    };
  } catch (error) {
    room?.release();
    throw error;
  } finally {
    input.release();
  }
}
