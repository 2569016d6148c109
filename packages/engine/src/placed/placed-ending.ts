/**
 * What tsrun would see to at the end of a rank, where an engine has started the rank instead: the world
 * hears why a rank ends badly, and the engine's job gets the exit code of the rank that was to blame.
 */
import { type ErrorWire, KoloError, toWire } from "@kolo/core";
import { type Meeting, type ThreadHandle } from "../thread-handle.js";

/** So long ranks that end because of another let that one go first, whose exit code mpirun takes. */
const yieldMs = 1500;

export interface PlacedEnding {
  /** What to tell the world when this rank ends with this code. */
  readonly failure: (exitCode: number) => ErrorWire | undefined;
  /** In the process' last moments: blocks as long as others need it. */
  readonly outlast: (exitCode: number) => void;
  readonly forget: () => void;
}

export function placedEnding(thread: ThreadHandle, { coordinator }: Meeting): PlacedEnding {
  const rank = thread.environment?.world.rank ?? 0;
  let uncaught: unknown;
  const note = (error: unknown): void => {
    uncaught = error;
  };
  process.on("uncaughtExceptionMonitor", note);
  const isAnothers = (): boolean => {
    const { failure } = thread;
    return failure !== undefined && (failure.context.rank ?? rank) !== rank;
  };
  return {
    failure: (exitCode) =>
      exitCode === 0
        ? undefined
        : toWire(
            uncaught ??
              new KoloError("rank_failed", `rank ${rank} exited with code ${exitCode}`, { rank }),
          ),
    outlast: (exitCode) => {
      if (exitCode !== 0 && isAnothers()) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, yieldMs);
      }
      coordinator?.outlast(exitCode);
    },
    forget: () => {
      process.off("uncaughtExceptionMonitor", note);
    },
  };
}
