/**
 * Runs `use` with a `Math.random` that gives the same numbers for the same seed. tfjs draws initial
 * weights, noise and dropout from it where no seed is given, and some layers take none.
 */
export async function withSeededRandom<Result>(
  seed: number,
  use: () => Result | Promise<Result>,
): Promise<Result> {
  const original = Math.random;
  let state = seed;
  Math.random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  try {
    return await use();
  } finally {
    Math.random = original;
  }
}
