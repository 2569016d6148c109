/** Of many magnitudes, as gradients are, in shared memory: codecs may take another way for each. */
export function gradientsLike(count: number): Float32Array {
  const values = new Float32Array(new SharedArrayBuffer(4 * count));
  let bits = 1;
  for (const i of values.keys()) {
    // A linear congruential generator (Numerical Recipes): the same in each run.
    bits = (Math.imul(bits, 1664525) + 1013904223) | 0;
    values[i] = (bits / 2 ** 31) ** 9;
  }
  return values;
}
