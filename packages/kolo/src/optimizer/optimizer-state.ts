/**
 * The root's optimizer state (iterations, then slots such as Adam's moments), on every rank. The root
 * may have slots that others lack, because it loaded a checkpoint, or the other way round; so it
 * first says what it has. Every rank, the root too, sets what was sent: Adam's decay products come
 * out of `setWeights` with other last bits than out of training, and ranks must not differ.
 */
import * as tf from "@tensorflow/tfjs";
import { type Engine } from "@kolo/engine";
import { type BroadcastItem, broadcastValues } from "../tensors/broadcast-values.js";
import { runOperation, type Wait } from "../tensors/steps.js";

type NamedTensors = Awaited<ReturnType<tf.Optimizer["getWeights"]>>;

/** Adamax can neither give nor take its state (tfjs 4.22), nor can whatever inherits the default. */
export function hasState(optimizer: tf.Optimizer): boolean {
  return (
    optimizer.getClassName() !== "Adamax" &&
    optimizer.getWeights !== tf.Optimizer.prototype.getWeights
  );
}

export function* broadcastOptimizerState(
  engine: Engine,
  optimizer: tf.Optimizer,
  root: number,
): Generator<Wait, void, void> {
  let before: NamedTensors = [];
  yield optimizer.getWeights().then((weights) => {
    before = weights;
  });
  const received: tf.Tensor[] = [];
  try {
    const items = yield* broadcastDescription(engine, before, root);
    yield* broadcastValues(engine, {
      name: "optimizer",
      root,
      items,
      read: (index) => before[index]?.tensor as tf.Tensor,
      write: (index, value) => {
        received[index] = tf.keep(value);
      },
    });
    yield optimizer.setWeights(
      items.map(({ name }, index) => ({ name, tensor: received[index] as tf.Tensor })),
    );
    // setWeights made new variables and forgot the old ones.
    tf.dispose(before.map(({ tensor }) => tensor));
  } finally {
    tf.dispose(received);
    // The iterations come as a tensor made for this call.
    before[0]?.tensor.dispose();
  }
}

/** The root's names, shapes and dtypes, as JSON in an int32 for each byte. */
function* broadcastDescription(
  engine: Engine,
  state: NamedTensors,
  root: number,
): Generator<Wait, BroadcastItem[], void> {
  const items = state.map(({ name, tensor: { shape, dtype } }) => ({ name, shape, dtype }));
  const mine = [...new TextEncoder().encode(JSON.stringify(items))];
  const [length = 0] = yield* broadcastIntegers(engine, "optimizer/length", {
    root,
    values: [mine.length],
  });
  const isRoot = engine.world.rank === root;
  const bytes = yield* broadcastIntegers(engine, "optimizer/description", {
    root,
    values: isRoot ? mine : Array<number>(length).fill(0),
  });
  return JSON.parse(new TextDecoder().decode(new Uint8Array(bytes))) as BroadcastItem[];
}

function* broadcastIntegers(
  engine: Engine,
  name: string,
  { root, values }: { readonly root: number; readonly values: readonly number[] },
): Generator<Wait, number[], void> {
  const operation = {
    kind: "broadcast",
    name,
    dtype: "int32",
    shape: [values.length],
    root,
  } as const;
  return yield* runOperation(engine, operation, {
    pack: (input) => {
      input.set(values);
    },
    unpack: (output) => [...output],
  });
}
