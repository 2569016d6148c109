/** What to execute for a rank: node, kolo's preload, tsx where the script is TypeScript. Pure. */
import { pathToFileURL } from "node:url";

export interface RankCommand {
  /** Absolute path. */
  readonly script: string;
  readonly scriptArguments: readonly string[];
  /** Absolute path of kolo's preload. */
  readonly preload: string;
  /** Finds tsx' loader; called for TypeScript only. */
  readonly resolveTsx: () => string;
  readonly nodeFlags: readonly string[];
}

/** Arguments for node. */
export function rankArguments(command: RankCommand): string[] {
  const isTypeScript = /\.[cm]?tsx?$/.test(command.script);
  return [
    ...command.nodeFlags,
    "--require",
    command.preload,
    ...(isTypeScript ? ["--import", pathToFileURL(command.resolveTsx()).href] : []),
    command.script,
    ...command.scriptArguments,
  ];
}
