/**
 * Where a syntax error stands. Node knows and prints it, but says it in the error's `stack` only for
 * CommonJS; of an ES module nothing is left but Node's own frames. So Node is asked once more.
 */
import { spawnSync } from "node:child_process";
import { extname } from "node:path";

const checkTimeoutMs = 5000;

/** Whether this is a syntax error of which nothing tells the file. */
export function isUnplaced(error: unknown): error is Error {
  if (!(error instanceof Error) || error.name !== "SyntaxError") return false;
  const [headline = "", ...frames] = (error.stack ?? "").split("\n");
  return headline.startsWith("SyntaxError") && frames.every((frame) => frame.includes("node:"));
}

/**
 * The stack as `node --check` gives it, file and line first; undefined where the error is not the
 * script's own but that of something it imports, and for TypeScript, which Node cannot check.
 */
export function placedStack(error: Error, script: string): string | undefined {
  if (/tsx?$/.test(extname(script))) return undefined;
  const { stderr } = spawnSync(process.execPath, ["--check", script], {
    encoding: "utf8",
    timeout: checkTimeoutMs,
    windowsHide: true,
  });
  if (!stderr.includes(`SyntaxError: ${error.message}\n`)) return undefined;
  return stderr.replace(/\n+Node\.js v[\s\S]*$/, "");
}
