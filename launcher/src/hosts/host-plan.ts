/** Where the ranks of a job run. */
import { type FoundHost } from "./host-entry.js";
import { type HostPlace } from "./place-on-hosts.js";

export interface PlannedHost extends Omit<FoundHost, "slots"> {
  readonly slots: number;
  /** Whether it is this machine, where ranks need no ssh. */
  readonly isLocal: boolean;
}

/** By crossRank. */
export type HostPlan = readonly HostPlace<PlannedHost>[];
