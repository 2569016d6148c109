import { type Environment, type LaunchedEnvironment, writeRankEnvironment } from "@kolo/core";
import { type EnvironmentEntry } from "../cli/environment-entries.js";
import { UsageError } from "../cli/usage-error.js";

/** tsrun's own environment and -x, the same for every rank of this machine. Throws UsageError. */
export function userEnvironment(
  own: Environment,
  entries: readonly EnvironmentEntry[],
): Record<string, string | undefined> {
  return { ...own, ...chosenEntries(own, entries) };
}

/** What -x says, with tsrun's own values where it says none. Throws UsageError. */
export function chosenEntries(
  own: Environment,
  entries: readonly EnvironmentEntry[],
): Record<string, string> {
  const chosen = entries.map(({ name, value = own[name] }) => {
    if (value !== undefined) return [name, value] as const;
    throw new UsageError(`-x ${name}: expected ${name} to be set, or -x ${name}=VALUE`);
  });
  return Object.fromEntries(chosen);
}

/**
 * Adds what one rank must know, and what it gets: threads, a GPU. The contract wins over the user.
 *
 * TensorFlow tells of its start on standard error; one rank doing so is enough. Warnings stay.
 */
export function rankEnvironment(
  user: Environment,
  share: Readonly<Record<string, string>>,
  rank: LaunchedEnvironment,
): Record<string, string | undefined> {
  const isQuiet = rank.world.rank > 0 && rank.logLevel !== "debug";
  const quiet = isQuiet && user["TF_CPP_MIN_LOG_LEVEL"] === undefined;
  return {
    ...user,
    ...share,
    ...(quiet && { TF_CPP_MIN_LOG_LEVEL: "1" }),
    ...writeRankEnvironment(rank),
  };
}
