/**
 * The timelines of a job: that of --timeline, and those that ranks begin by themselves. Each rank of this
 * machine writes a part beside the file; ranks of other hosts write theirs there, and they are fetched
 * when all ranks have ended, however they ended. Then the parts become one trace, in the time of this
 * machine.
 */
import { createTrace, isKoloError, mergeTrace, removeTraceParts } from "@kolo/core";
import { resolve } from "node:path";
import { UsageError } from "../cli/usage-error.js";
import { messageOf } from "../report/message-of.js";
import { fetchParts } from "./fetch-parts.js";
import { planFetching } from "./plan-fetching.js";
import { type TimelineHost } from "./timeline-host.js";

export interface Timelines {
  /** What --timeline said, as an absolute path. */
  readonly file: string | undefined;
  /** Microseconds of the monotonic clock of this machine, from which all ranks count. */
  readonly zeroUs: number;
  /** A rank has begun a part of this file: a path on its own host. */
  readonly begun: (rank: number, file: string) => void;
  /** Once no rank writes any more. Resolves with what went wrong, to be said. */
  readonly finish: (hosts: readonly TimelineHost[]) => Promise<string[]>;
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
  if (file !== undefined) {
    try {
      createTrace(file);
      // Ranks append to what is there.
      removeTraceParts(file, size);
    } catch (error) {
      if (!isKoloError(error)) throw error;
      throw new UsageError(`--timeline: ${error.message}`);
    }
  }
  const begunBy = new Map<number, Set<string>>();
  return {
    file,
    zeroUs: Number(process.hrtime.bigint() / 1000n),
    begun: (rank, begun) => {
      begunBy.set(rank, (begunBy.get(rank) ?? new Set()).add(begun));
    },
    finish: async (hosts) => {
      const { files, requests, refused } = planFetching({ file, directory, begunBy, hosts });
      const asked = hosts.filter(
        ({ name, parts }) => parts !== undefined && requests.some(({ host }) => host === name),
      );
      await Promise.all(asked.flatMap(({ parts }) => parts?.measureClock() ?? []));
      const lacking = await Promise.all(
        asked.map(({ name }) => fetchParts(requests.filter(({ host }) => host === name))),
      );
      const clockOf = (rank: number) =>
        hosts.find(({ firstRank, localSize }) => firstRank <= rank && rank < firstRank + localSize)
          ?.parts?.clock;
      const unmerged = files.flatMap((one) => merge(one, size, clockOf));
      return [...refused, ...lacking.flat(), ...unmerged];
    },
  };
}

function merge(file: string, size: number, clockOf: Parameters<typeof mergeTrace>[2]): string[] {
  try {
    mergeTrace(file, size, clockOf);
    return [];
  } catch (error) {
    return [messageOf(error)];
  } finally {
    removeTraceParts(file, size);
  }
}
