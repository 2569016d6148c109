/** Progress for logs: a line at the end of every epoch, and in between at most one in 10 s. */
import { type Clock } from "@kolo/core";
import { Pace } from "./pace.js";
import { type ProgressDisplay } from "./progress-display.js";
import { progressText } from "./progress-text.js";

const betweenLinesMs = 10_000;

export function createProgressLines(say: (text: string) => void, clock: Clock): ProgressDisplay {
  const pace = new Pace();
  let lastLineMs: number | undefined;
  return {
    show: (progress) => {
      const nowMs = clock.now();
      const etaMs = pace.observe(progress, nowMs);
      lastLineMs ??= nowMs;
      if (!progress.epochEnd && nowMs - lastLineMs < betweenLinesMs) return;
      lastLineMs = nowMs;
      say(`tsrun: ${progressText(progress, progress.epochEnd ? undefined : etaMs)}`);
    },
    stop: () => undefined,
  };
}
