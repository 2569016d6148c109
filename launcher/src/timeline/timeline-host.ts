/** What timelines have to know of a host. */
import { type TraceClock } from "@kolo/core";
import { type ArrivingPart } from "../remote/remote-part.js";

export interface TimelineHost {
  /** As the user wrote it; of this machine, its hostname. */
  readonly name: string;
  readonly firstRank: number;
  readonly localSize: number;
  /** Where a file of this machine is there. */
  readonly pathThere: (path: string) => string;
  /** Where a file of that machine is here. */
  readonly pathHere: (path: string) => string;
  /** Undefined for this machine. */
  readonly parts: RemoteParts | undefined;
}

export interface RemoteParts {
  /** Where ranks there write them. */
  readonly folder: string;
  readonly clock: TraceClock;
  /** Measures the clock once more. Never rejects. */
  readonly measureClock: () => Promise<void>;
  /** `file` is the path of the timeline there. Undefined where the rank was never started. */
  readonly collect: (rank: number, file: string) => ArrivingPart | undefined;
}
