/**
 * Many tensors from the root, in few operations: one flat buffer per dtype, cut into buckets so that
 * a large model does not need a place of its size in the arena.
 */
import type * as tf from "@tensorflow/tfjs";
import { type Engine, planBuckets } from "@kolo/engine";
import { carriedAs } from "./carried-as.js";
import { readInto, tensorFrom } from "./read-into.js";
import { elementsOf } from "./rows.js";
import { runOperation, type Wait } from "./steps.js";

const bucketBytes = 25 * 2 ** 20;

export interface BroadcastItem {
  readonly name: string;
  readonly shape: readonly number[];
  /** float32, int32 or bool, which is carried as int32. */
  readonly dtype: tf.DataType;
}

export interface BroadcastValuesOptions {
  /** Names the operations: "variables/float32/0". */
  readonly name: string;
  readonly root: number;
  /** Equal on all ranks. */
  readonly items: readonly BroadcastItem[];
  /** The value of an item; called on the root only. */
  readonly read: (index: number) => tf.Tensor;
  /** Takes a received value, and owns it. */
  readonly write: (index: number, value: tf.Tensor) => void;
}

export function* broadcastValues(
  engine: Engine,
  { name, root, items, read, write }: BroadcastValuesOptions,
): Generator<Wait, void, void> {
  for (const dtype of ["float32", "int32"] as const) {
    const indexes = items.flatMap((item, i) => (carriedAs(item) === dtype ? [i] : []));
    const counts = indexes.map((index) => elementsOf(items[index]?.shape ?? []));
    for (const [i, { entries, count }] of planBuckets(counts, bucketBytes).entries()) {
      const operation = {
        kind: "broadcast",
        name: `${name}/${dtype}/${i}`,
        dtype,
        shape: [count],
        root,
      } as const;
      yield* runOperation(engine, operation, {
        pack: (input) => {
          if (engine.world.rank !== root) return;
          for (const { index, offset, count: length } of entries) {
            readInto(read(indexes[index] ?? 0), input.subarray(offset, offset + length));
          }
        },
        unpack: (output) => {
          for (const { index, offset, count: length } of entries) {
            const target = indexes[index] ?? 0;
            const { shape, dtype: own } = items[target] ?? { shape: [], dtype };
            const values = output.subarray(offset, offset + length);
            write(target, tensorFrom(values, shape, own === "bool" ? own : dtype));
          }
        },
      });
    }
  }
}
