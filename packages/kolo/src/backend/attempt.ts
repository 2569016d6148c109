import { type BackendTrial } from "@kolo/core";

/** What trying a backend came to. Reasons are short: they end up in one line, several of them. */
export interface Attempt extends BackendTrial {
  readonly cause?: unknown;
}

/** The first line of what was thrown; errors of addons go on with advice and stacks. */
export function firstLineOf(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error)).split("\n");
  return line.trim().replace(/\.$/, "");
}
