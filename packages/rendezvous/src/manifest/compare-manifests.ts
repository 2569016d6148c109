/**
 * Compares the parameters of all ranks: their number, and one by one their shape, dtype and name.
 * Pure. Names are compared as they are: who proposes leaves out what may differ between processes.
 */
import { type ErrorWire } from "@kolo/core";
import { listRanks, listWords } from "../diagnosis/in-words.js";
import { diagnosed } from "../diagnosis/verdict.js";
import { type ManifestEntry } from "../messages.js";

export interface RankManifest {
  readonly rank: number;
  readonly entries: readonly ManifestEntry[];
}

/** The first difference as a `manifest_mismatch`, or undefined where all agree. */
export function compareManifests(manifests: readonly RankManifest[]): ErrorWire | undefined {
  const byRank = [...manifests].sort((a, b) => a.rank - b.rank);
  const counts = group(byRank, ({ entries }) => entries.length);
  const differing = firstDifference(byRank);
  if (counts.size <= 1 && differing === undefined) return undefined;
  const numbers =
    counts.size <= 1
      ? []
      : [`their number differs: ${sides(counts, ({ entries }) => `${entries.length}`)}`];
  const parameters = differing === undefined ? [] : [describeDifference(byRank, differing)];
  const message =
    `expected the same parameters on every rank, but ${[...numbers, ...parameters].join("; ")}. ` +
    "Every rank must build the same model";
  return diagnosed("manifest_mismatch", message, {});
}

/** Index of the first parameter that is not the same on every rank that has it, or that some lack. */
function firstDifference(manifests: readonly RankManifest[]): number | undefined {
  const longest = Math.max(0, ...manifests.map(({ entries }) => entries.length));
  for (let index = 0; index < longest; index += 1) {
    if (group(manifests, ({ entries }) => identity(entries[index])).size > 1) return index;
  }
  return undefined;
}

function describeDifference(manifests: readonly RankManifest[], index: number): string {
  const groups = group(manifests, ({ entries }) => identity(entries[index]));
  return `parameter ${index} is ${sides(groups, ({ entries }) => inWords(entries[index]))}`;
}

/** As in: X on ranks 0 and 1, Y on rank 2. */
function sides(
  groups: ReadonlyMap<unknown, RankManifest[]>,
  say: (example: RankManifest) => string,
): string {
  const words = [...groups.values()].flatMap((members) => {
    const example = members[0];
    return example === undefined ? [] : [`${say(example)} on ${listRanks(members)}`];
  });
  return listWords(words);
}

function identity(entry: ManifestEntry | undefined): string {
  if (entry === undefined) return "";
  return JSON.stringify([entry.name, entry.dtype, entry.shape]);
}

function inWords(entry: ManifestEntry | undefined): string {
  if (entry === undefined) return "missing";
  return `"${entry.name}" ${entry.dtype}[${entry.shape.join(",")}]`;
}

function group<Key>(
  manifests: readonly RankManifest[],
  keyOf: (manifest: RankManifest) => Key,
): Map<Key, RankManifest[]> {
  const groups = new Map<Key, RankManifest[]>();
  for (const manifest of manifests) {
    const key = keyOf(manifest);
    const members = groups.get(key);
    if (members === undefined) groups.set(key, [manifest]);
    else members.push(manifest);
  }
  return groups;
}
