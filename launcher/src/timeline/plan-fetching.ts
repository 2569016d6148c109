/**
 * Which timelines there are, and which parts of them are on other hosts.
 *
 * What a rank of another host names is a file of this machine that will be written, and that host may be
 * taken over: its word counts where --timeline or a rank of this machine has named the file too, or where
 * the file is a trace of the project, or will be one.
 */
import { isTrace } from "@kolo/core";
import { existsSync } from "node:fs";
import { extname, resolve } from "node:path";
import { isWithin } from "../hosts/path-there.js";
import { type PartRequest } from "./fetch-parts.js";
import { type TimelineHost } from "./timeline-host.js";

export interface FetchingOptions {
  /** Of --timeline, an absolute path. */
  readonly file: string | undefined;
  /** The project's folder. */
  readonly directory: string;
  /** By rank, what it has begun by itself: paths on its host. */
  readonly begunBy: ReadonlyMap<number, ReadonlySet<string>>;
  readonly hosts: readonly TimelineHost[];
}

export interface FetchingPlan {
  /** All timelines, on this machine. */
  readonly files: readonly string[];
  readonly requests: readonly PartRequest[];
  /** What is not fetched, in words. */
  readonly refused: readonly string[];
}

export function planFetching({ file, directory, begunBy, hosts }: FetchingOptions): FetchingPlan {
  const begunOn = ({ firstRank, localSize }: TimelineHost) =>
    Array.from({ length: localSize }, (_, index) => ({
      rank: firstRank + index,
      begun: [...(begunBy.get(firstRank + index) ?? [])],
    }));
  const given = file === undefined ? [] : [file];
  const local = hosts.filter(({ parts }) => parts === undefined).flatMap(begunOn);
  const files = new Set([...given, ...local.flatMap(({ begun }) => begun)]);
  const requests: PartRequest[] = [];
  const refused = new Set<string>();
  for (const host of hosts) {
    const { name, parts } = host;
    if (parts === undefined) continue;
    for (const { rank, begun } of begunOn(host)) {
      for (const there of new Set([...given.map(host.pathThere), ...begun])) {
        const here = given.find((one) => host.pathThere(one) === there) ?? host.pathHere(there);
        if (!files.has(here) && !isHarmless(here, directory)) {
          refused.add(
            `${here}, which ranks of ${name} have named, is not written: expected a new file ` +
              `or a trace in ${directory}, with .json at its end, or tsrun --timeline FILE`,
          );
          continue;
        }
        files.add(here);
        const open = () => parts.collect(rank, there);
        requests.push({ rank, host: name, file: here, open });
      }
    }
  }
  return { files: [...files], requests, refused: [...refused] };
}

function isHarmless(file: string, directory: string): boolean {
  const isPlain = resolve(file) === file && isWithin(directory, file) && extname(file) === ".json";
  return isPlain && (!existsSync(file) || isTrace(file));
}
