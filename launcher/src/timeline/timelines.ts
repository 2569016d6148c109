/**
 * The timelines of a job: that of --timeline, and those that ranks begin by themselves. Each rank
 * writes a part beside the file; when all have ended, however they ended, the parts become one trace.
 */
import { createTrace, isKoloError, mergeTrace, removeTraceParts } from "@kolo/core";
import { resolve } from "node:path";
import { UsageError } from "../cli/usage-error.js";

export interface Timelines {
  /** What --timeline said, as an absolute path. */
  readonly file: string | undefined;
  /** Microseconds of the monotonic clock, from which all ranks of this machine count. */
  readonly zeroUs: number;
  /** A rank has begun a part of this file. */
  readonly begun: (file: string) => void;
  /** Once no rank writes any more. Returns what went wrong, to be said. */
  readonly merge: () => string[];
}

export interface TimelinesOptions {
  /** What --timeline said. */
  readonly file: string | undefined;
  /** Relative paths begin here. */
  readonly directory: string;
  readonly size: number;
}

/** Throws UsageError where the file cannot be written, before anything runs. */
export function openTimelines({ file: given, directory, size }: TimelinesOptions): Timelines {
  const file = given === undefined ? undefined : resolve(directory, given);
  const files = new Set<string>();
  if (file !== undefined) {
    try {
      createTrace(file);
      // Ranks append to what is there.
      removeTraceParts(file, size);
    } catch (error) {
      if (!isKoloError(error)) throw error;
      throw new UsageError(`--timeline: ${error.message}`);
    }
    files.add(file);
  }
  return {
    file,
    zeroUs: Number(process.hrtime.bigint() / 1000n),
    begun: (begun) => {
      files.add(begun);
    },
    merge: () =>
      [...files].flatMap((one) => {
        try {
          mergeTrace(one, size);
          return [];
        } catch (error) {
          return [error instanceof Error ? error.message : String(error)];
        } finally {
          removeTraceParts(one, size);
        }
      }),
  };
}
