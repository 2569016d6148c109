/**
 * On which host each rank runs: as planned, unless a test pretends otherwise (CONTRIBUTING.md). Ranks
 * of different pretended hosts share no memory.
 */
import { type Environment } from "@kolo/core";
import { UsageError } from "../cli/usage-error.js";
import { hostOfRanks, type HostPlace } from "../hosts/place-on-hosts.js";

const pretendVariable = "KOLO_PRETEND_HOSTS";

/** The host (crossRank) of each rank. Throws UsageError. */
export function placeRanks(
  plan: readonly HostPlace<unknown>[],
  environment: Environment,
): readonly number[] {
  const planned = hostOfRanks(plan);
  const size = planned.length;
  const text = environment[pretendVariable] ?? "";
  if (text === "") return planned;
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
