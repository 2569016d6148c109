/**
 * On which host each rank runs. All of them run on this machine; a test may pretend that they do not
 * (CONTRIBUTING.md): ranks of different pretended hosts share no memory.
 */
import { type Environment } from "@kolo/core";
import { UsageError } from "../cli/usage-error.js";

const pretendVariable = "KOLO_PRETEND_HOSTS";

/** The host (crossRank) of each of `size` ranks. Throws UsageError. */
export function placeRanks(size: number, environment: Environment): number[] {
  const text = environment[pretendVariable] ?? "";
  if (text === "") return Array<number>(size).fill(0);
  const counts = text.split(",").map(Number);
  const hosts = counts.every((count) => Number.isInteger(count) && count > 0 && count <= size)
    ? counts.flatMap((count, host) => Array<number>(count).fill(host))
    : [];
  if (hosts.length !== size) {
    throw new UsageError(
      `${pretendVariable}: expected the ranks of each host, ${size} in all, as in 2,2; got "${text}"`,
    );
  }
  return hosts;
}
