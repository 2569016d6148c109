import { createLogger, type Logger, type RankEnvironment } from "@kolo/core";
import { writeSync } from "node:fs";

const stderrFd = 2;

/** At once and from either thread: the console of a worker waits for a main thread that may be blocked. */
export function stderrLogger(environment: RankEnvironment | undefined): Logger {
  return createLogger(environment?.logLevel ?? "warn", stderrWrite);
}

export function stderrWrite(line: string): void {
  writeSync(stderrFd, `${line}\n`);
}
