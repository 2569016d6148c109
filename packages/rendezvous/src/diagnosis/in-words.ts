/** How the diagnosis speaks of ranks, operations and time. */
import { type RankState } from "./job-state.js";

/** A rank that was not heard of for longer than this is said to be so: it beats every second. */
const quietMs = 3000;

/** As in: rank 2; ranks 0 and 3; ranks 0-5, 8 and 11. */
export function listRanks(ranks: readonly { readonly rank: number }[]): string {
  const runs: [first: number, last: number][] = [];
  for (const { rank } of ranks) {
    const run = runs.at(-1);
    if (run !== undefined && run[1] === rank - 1) run[1] = rank;
    else runs.push([rank, rank]);
  }
  const words = runs.flatMap(([first, last]) => {
    if (first === last) return [`${first}`];
    return last === first + 1 ? [`${first}`, `${last}`] : [`${first}-${last}`];
  });
  return `${ranks.length === 1 ? "rank" : "ranks"} ${listWords(words)}`;
}

/** As in: a, b and c. */
export function listWords(words: readonly string[]): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

export function inSeconds(durationMs: number): string {
  const seconds = Math.max(0, durationMs) / 1000;
  return `${seconds < 10 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`;
}

/** As in: operation #12, allReduce "loss" float32[] average */
export function operationInWords(sequence: number, description: string): string {
  return description === "" ? `operation #${sequence}` : `operation #${sequence}, ${description}`;
}

/** What a rank did last and how long ago, as a sentence without its full stop. */
export function whatItDid(state: RankState, nowMs: number): string {
  const { rank, progress } = state;
  const silentMs = nowMs - state.heardAtMs;
  const silence = silentMs > quietMs ? `, and was last heard of ${inSeconds(silentMs)} ago` : "";
  if (progress === undefined) return `rank ${rank} has shown no progress yet${silence}`;
  const { submitted, completed, current, currentForMs, last, idleForMs } = progress;
  if (submitted > completed) {
    const operation = operationInWords(completed, current);
    return `rank ${rank} has been in ${operation}, for ${inSeconds(currentForMs)}${silence}`;
  }
  const since = inSeconds(idleForMs);
  if (completed === 0) {
    return `rank ${rank} has submitted no operation in the ${since} since it joined${silence}`;
  }
  const operation = operationInWords(completed - 1, last);
  return `rank ${rank} last completed ${operation}, ${since} ago${silence}`;
}
