import { type Environment, type RankEnvironment, writeRankEnvironment } from "@kolo/core";
import { type EnvironmentEntry } from "../cli/environment-entries.js";
import { UsageError } from "../cli/usage-error.js";

/** tsrun's own environment and -x, the same for every rank. Throws UsageError. */
export function userEnvironment(
  own: Environment,
  entries: readonly EnvironmentEntry[],
): Record<string, string | undefined> {
  const environment: Record<string, string | undefined> = { ...own };
  for (const { name, value } of entries) {
    const chosen = value ?? own[name];
    if (chosen === undefined) {
      throw new UsageError(`-x ${name}: expected ${name} to be set, or -x ${name}=VALUE`);
    }
    environment[name] = chosen;
  }
  return environment;
}

/** Adds what one rank must know, and what bounds its threads. The contract wins over the user. */
export function rankEnvironment(
  user: Environment,
  threads: Readonly<Record<string, string>>,
  rank: RankEnvironment,
): Record<string, string | undefined> {
  return { ...user, ...threads, ...writeRankEnvironment(rank) };
}
