/**
 * A tf.data.Dataset of this rank's batches that counts its epochs and can be cleaned up.
 *
 * An epoch begins with the first batch that is asked for, not with `iterator()`: `fitDataset` calls
 * that once more than it has epochs.
 */
import * as tf from "@tensorflow/tfjs";

/** Starts the batches of an epoch; epochs count from 0. */
export type StartEpoch<T> = (epoch: number) => AsyncIterable<T> | Iterable<T>;

/**
 * Batches belong to whoever receives them: `fitDataset`, `evaluateDataset` and `forEachAsync`
 * dispose them, a `for await` loop does so itself.
 */
export class ShardedDataset<T extends tf.TensorContainer>
  extends tf.data.Dataset<T>
  implements AsyncIterable<T>
{
  /** Steps per epoch; null where the length of the data is not known. */
  override readonly size: number;
  readonly #startEpoch: StartEpoch<T>;
  readonly #unfinished = new Set<AsyncGenerator<T>>();
  #epoch = 0;

  constructor(startEpoch: StartEpoch<T>, steps: number | null) {
    super();
    this.#startEpoch = startEpoch;
    // tfjs declares number and means number | null.
    this.size = steps as number;
  }

  override iterator(): ReturnType<tf.data.Dataset<T>["iterator"]> {
    const iteration = this.#iterate(() => {
      this.#unfinished.add(iteration);
      return () => this.#unfinished.delete(iteration);
    });
    return tf.data.generator(() => iteration).iterator();
  }

  [Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    return this.#iterate(() => () => true);
  }

  /**
   * Ends what `iterator()` began and nobody finished, and disposes what it holds. tfjs does not tell
   * an iterator that it is left, so the fit hook does, when training has stopped early.
   */
  async closeUnfinished(): Promise<void> {
    await Promise.all([...this.#unfinished].map((iteration) => iteration.return(undefined)));
  }

  async *#iterate(begin: () => () => boolean): AsyncGenerator<T, void, undefined> {
    const end = begin();
    try {
      yield* this.#startEpoch(this.#epoch++);
    } finally {
      end();
    }
  }
}
