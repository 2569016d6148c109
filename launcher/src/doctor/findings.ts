/** What `tsrun doctor` has found out, and what it says of it. */
import { type HostProblem } from "../remote/host-error.js";
import { type LinkFailure, type LinkMeasure } from "./probe-messages.js";

export interface HostFinding {
  readonly name: string;
  readonly isLocal: boolean;
  /** Undefined where no agent could be started, or none that may work with this tsrun. */
  readonly agent:
    | {
        readonly koloVersion: string;
        readonly nodeVersion: string;
        /** How far its wall clock is ahead of this machine's. */
        readonly clockAheadMs: number;
        /** Undefined where there is none for its neighbour to reach. */
        readonly address: string | undefined;
      }
    | undefined;
  readonly problem: HostProblem | undefined;
  /** What its name is on this machine; none: it is unknown. Undefined: it is an address. */
  readonly addresses: readonly string[] | undefined;
}

/** Another host knows a name by other addresses than this one. */
export interface NameDifference {
  readonly host: string;
  readonly name: string;
  readonly there: readonly string[];
  readonly here: readonly string[];
}

/** As data flows: `to` dials `from`, and pulls. */
export interface LinkFinding {
  readonly from: string;
  readonly to: string;
  /** Of `from`. */
  readonly address: string;
  /** That the ranks of `from` may listen on, such as "32768-60999". */
  readonly ports: string;
  /** Whether it is of the ring; else of the coordinator, which every host must reach. */
  readonly isRing: boolean;
  readonly outcome: LinkOutcome;
}

export type LinkOutcome =
  | { readonly kind: "measured"; readonly measure: LinkMeasure }
  | { readonly kind: "untested"; readonly reason: string }
  | { readonly kind: "unheard"; readonly failure: LinkFailure }
  | { readonly kind: "unreached"; readonly failure: LinkFailure };

/** What is to be mended. */
export interface Complaint {
  readonly what: string;
  /** Lines: what ssh or the host said. */
  readonly details: readonly string[];
  readonly remedy: string | undefined;
}
