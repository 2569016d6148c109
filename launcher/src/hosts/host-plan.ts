/** Where the ranks of a job run. */
import { type FoundHost } from "./host-entry.js";
import { type HostPlace } from "./place-on-hosts.js";

export interface PlannedHost extends Omit<FoundHost, "slots"> {
  readonly slots: number;
  /** Whether it is this machine, where ranks need no agent. */
  readonly isLocal: boolean;
  /** Who starts its agent, where it needs one. */
  readonly reach: "ssh" | "srun" | "mpirun";
}

/** What has to be known to start an agent there. */
export type OtherHost = Pick<PlannedHost, "host" | "user" | "port" | "reach">;

/** By crossRank. */
export type HostPlan = readonly HostPlace<PlannedHost>[];
