/** Exit codes as shells count them: 128 + n for a death of signal n. Pure. */
import { constants } from "node:os";
import { type RankExit } from "../ranks/spawn-rank.js";
import { type Outcome } from "../supervise/supervise.js";

/** What a shell reports for a process that died of this signal. */
export function signalExitCode(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

/** What tsrun exits with. */
export function outcomeExitCode(outcome: Outcome): number {
  switch (outcome.kind) {
    case "success":
      return 0;
    case "failure":
      return outcome.cause.exitCode === 0 ? 1 : outcome.cause.exitCode;
    case "unexplained":
      return outcome.exitCode;
    case "interrupted":
      return signalExitCode(outcome.signal);
  }
}

export function exitText({ exitCode, signal }: RankExit): string {
  return signal === null ? `exited with code ${exitCode ?? 1}` : `was killed by ${signal}`;
}
