import { statSync } from "node:fs";
import { resolve } from "node:path";
import { UsageError } from "./usage-error.js";

/** The script's absolute path; throws UsageError where there is no such file. */
export function findScript(script: string, directory: string): string {
  const path = resolve(directory, script);
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) throw new UsageError(`script not found: ${path}`);
  if (found.isDirectory()) throw new UsageError(`expected a script, got a folder: ${path}`);
  return path;
}
