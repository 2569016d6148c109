/**
 * Progress on a terminal: a bar on the last line, and a lasting line for every finished epoch.
 *
 * cli-progress draws it. A MultiBar of one, since its SingleBar saves the cursor's place at the
 * start and jumps back to it at the end, over the lines printed meanwhile; forceRedraw, since those
 * lines erase the bar (Terminal.overlay); gracefulExit off, since signals are tsrun's own affair.
 */
import { type Clock } from "@kolo/core";
import { type TrainingProgress } from "@kolo/rendezvous";
import { Format, MultiBar, type SingleBar } from "cli-progress";
import { type OutputStream, type Terminal } from "../output/terminal.js";
import { Pace } from "./pace.js";
import { type ProgressDisplay } from "./progress-display.js";
import { barText, maxBarColumns, progressText } from "./progress-text.js";

interface Payload {
  readonly progress: TrainingProgress;
  readonly etaMs: number | undefined;
}

const eraseLine = "\r\x1b[2K";

export function createProgressBar(
  stream: OutputStream,
  terminal: Terminal,
  clock: Clock,
): ProgressDisplay {
  const pace = new Pace();
  let shown: { readonly bars: MultiBar; readonly bar: SingleBar } | undefined;
  let drawn = false;

  const start = (payload: Payload): void => {
    const bars = new MultiBar({
      stream,
      barsize: maxBarColumns,
      clearOnComplete: true,
      forceRedraw: true,
      gracefulExit: false,
      linewrap: true,
      format: (options, { maxWidth }, { progress, etaMs }: Payload) =>
        barText(
          progress,
          etaMs,
          (fraction, barsize) => Format.BarFormat(fraction, { ...options, barsize }),
          maxWidth,
        ),
    });
    bars.on("redraw-post", () => {
      drawn = true;
    });
    shown = { bars, bar: bars.create(1, 0, payload) };
    terminal.overlay = {
      erase: () => {
        if (drawn) stream.write(eraseLine);
        drawn = false;
      },
    };
  };

  const stop = (): void => {
    shown?.bars.stop();
    shown = undefined;
    drawn = false;
    terminal.overlay = undefined;
  };

  return {
    show: (progress) => {
      const etaMs = pace.observe(progress, clock.now());
      if (progress.epochEnd) {
        stop();
        terminal.say(`tsrun: ${progressText(progress, undefined)}`);
      } else if (shown === undefined) {
        start({ progress, etaMs });
      } else {
        shown.bar.update({ progress, etaMs });
      }
    },
    stop,
  };
}
