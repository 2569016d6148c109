/** What to execute for a rank: node, kolo's preload, tsx where the script is TypeScript. Pure. */
import { pathToFileURL } from "node:url";

export interface RankCommand {
  /** Absolute path. */
  readonly script: string;
  readonly scriptArguments: readonly string[];
  /** Absolute path of kolo's preload; undefined for a rank that finds the others itself. */
  readonly preload: string | undefined;
  /** Finds tsx' loader; called for TypeScript only. */
  readonly resolveTsx: () => string;
  readonly nodeFlags: readonly string[];
}

/** Arguments for node. */
export function rankArguments(command: RankCommand): string[] {
  const isTypeScript = /\.[cm]?tsx?$/.test(command.script);
  return [
    ...command.nodeFlags,
    ...(command.preload === undefined ? [] : ["--require", command.preload]),
    ...(isTypeScript ? ["--import", pathToFileURL(command.resolveTsx()).href] : []),
    command.script,
    ...command.scriptArguments,
  ];
}
