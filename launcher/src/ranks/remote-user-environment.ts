/**
 * What the ranks of another host have before kolo adds to it: that host's own environment, as a
 * command over ssh gets it; `-x`; and of tsrun's own only what is about tsrun's terminal. A PATH or a
 * HOME of this machine would be wrong there, and who wants a variable there says so by `-x NAME`.
 */
import { type Environment } from "@kolo/core";
import { type EnvironmentEntry } from "../cli/environment-entries.js";
import { chosenEntries } from "./rank-environment.js";

/** Ranks write to pipes; whether their readers see colours is known here. */
const alongVariables = ["NO_COLOR", "FORCE_COLOR"] as const;

/**
 * What is added to the host's own; `there` has those of its own that kolo looks at.
 * Throws UsageError.
 */
export function remoteUserEnvironment(
  own: Environment,
  entries: readonly EnvironmentEntry[],
  there: Environment,
): Record<string, string | undefined> {
  const along = alongVariables.flatMap((name) =>
    own[name] === undefined ? [] : [[name, own[name]] as const],
  );
  return { ...there, ...Object.fromEntries(along), ...chosenEntries(own, entries) };
}
