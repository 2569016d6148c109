/** Options are checked by name, so that a misspelt one is an error and not a default. */
import { KoloError } from "@kolo/core";

/** Throws `argument_invalid` where `options` has a name that is not in `known`. */
export function checkOptions(call: string, options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new KoloError(
    "argument_invalid",
    `expected options of ${call}() to be among ${known.join(", ")}, got "${unknown}"`,
  );
}
