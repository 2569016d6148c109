/**
 * The members of a group in one process, for tests: each runs as a promise, and collectives happen
 * when all have come to the same one. Sums are taken in the order of members, in float32.
 */
import { type Group } from "../hook.js";

type Meeting = (given: readonly (Float32Array | Int32Array)[]) => void;

export function fakeGroup(size: number): readonly Group[] {
  let waiting: { array: Float32Array | Int32Array; rank: number; leave: () => void }[] = [];
  const meet = (rank: number, array: Float32Array | Int32Array, meeting: Meeting): Promise<void> =>
    new Promise((resolve) => {
      waiting.push({ array, rank, leave: resolve });
      if (waiting.length < size) return;
      const all = waiting.sort((one, other) => one.rank - other.rank);
      waiting = [];
      meeting(all.map((member) => member.array));
      for (const member of all) member.leave();
    });
  return Array.from({ length: size }, (_, rank) => ({
    allReduce: (values: Float32Array) => meet(rank, values, reduce),
    allGather: (words: Int32Array) => meet(rank, words, gather),
    allToAll: (words: Int32Array) => meet(rank, words, exchange),
  }));
}

function reduce(given: readonly (Float32Array | Int32Array)[]): void {
  const sum = new Float32Array(given[0]?.length ?? 0);
  for (const values of given)
    for (const [i, value] of values.entries()) sum[i] = (sum[i] ?? 0) + value;
  for (const values of given) values.set(sum);
}

function gather(given: readonly (Float32Array | Int32Array)[]): void {
  const all = given.map((words, rank) => partOf(words, rank, given.length).slice());
  for (const words of given) {
    for (const [rank, part] of all.entries()) partOf(words, rank, given.length).set(part);
  }
}

function exchange(given: readonly (Float32Array | Int32Array)[]): void {
  const halves = given.map((words) => ({
    out: words.slice(0, words.length / 2),
    in: words.subarray(words.length / 2),
  }));
  for (const [to, { in: into }] of halves.entries()) {
    for (const [from, { out }] of halves.entries()) {
      partOf(into, from, given.length).set(partOf(out, to, given.length));
    }
  }
}

function partOf<T extends Float32Array | Int32Array>(words: T, part: number, parts: number): T {
  const count = words.length / parts;
  return words.subarray(part * count, (part + 1) * count) as T;
}
