/**
 * Shuffles a stream through a buffer: a random one of the buffered examples leaves, the next of the
 * stream takes its place. What `tf.data.Dataset.shuffle` does, but it reads nothing ahead, an error
 * of the source arrives where it belongs, and examples left in the buffer are given back.
 */
export async function* shuffleStream<T>(
  source: AsyncIterable<T>,
  bufferSize: number,
  random: () => number,
  dispose: (example: T) => void,
): AsyncGenerator<T, void, undefined> {
  const buffer: T[] = [];
  const takeOne = (): T[] => {
    const chosen = Math.floor(random() * buffer.length);
    const last = buffer.pop();
    if (last === undefined) return [];
    return chosen === buffer.length ? [last] : buffer.splice(chosen, 1, last);
  };
  try {
    for await (const example of source) {
      if (buffer.length === bufferSize) yield* takeOne();
      buffer.push(example);
    }
    while (buffer.length > 0) yield* takeOne();
  } finally {
    buffer.forEach(dispose);
  }
}
