/** What `tsrun doctor` asks of a host about a link, and what it is told. */
import { type Addresses } from "./look-up.js";
import { type PortRange } from "./port-range.js";

/** The port that is listened on belongs to the order's link: one listener each. */
export type ProbeOrder =
  | {
      readonly kind: "listen";
      /** An address of that host. */
      readonly host: string;
      /** 32 hexadecimal digits; whoever connects must say them first. */
      readonly token: string;
    }
  | {
      readonly kind: "connect";
      /** The address and port that the other host listens on. */
      readonly host: string;
      readonly port: number;
      /** More ports that the same listener has, which are only to be reached. */
      readonly spread: readonly number[];
      readonly token: string;
      /** Else only reached, and the time of a round trip taken. */
      readonly withBandwidth: boolean;
    }
  | { readonly kind: "look-up"; readonly names: readonly string[] };

export type ProbeReply =
  | ({ readonly kind: "listening" } & Listening)
  | { readonly kind: "measured"; readonly measure: LinkMeasure }
  | { readonly kind: "looked-up"; readonly addresses: Addresses }
  | LinkFailure;

export interface Listening {
  /** As the system chose it, as it does for ranks. */
  readonly port: number;
  /** Others, spread over all that it chooses from; none where it does not say which these are. */
  readonly spread: readonly number[];
  readonly range: PortRange | undefined;
}

export interface LinkMeasure {
  /** Median of a byte there and back, over an open connection. */
  readonly roundTripMs: number;
  /** Of what the listener sends, in bits per second; undefined where it was not asked for. */
  readonly bitsPerSecond?: number;
  /** Of the spread; undefined where all are reached. */
  readonly closedPorts?: readonly ClosedPort[];
}

export interface ClosedPort {
  readonly port: number;
  /** As of a LinkFailure. */
  readonly code: string;
}

export interface LinkFailure {
  readonly kind: "failed";
  /** The system's, such as ECONNREFUSED; or ETIMEDOUT, where nothing answered in time. */
  readonly code: string;
  readonly message: string;
}

export function failureOf(error: unknown): LinkFailure {
  const { code, message } = error as Partial<NodeJS.ErrnoException>;
  return { kind: "failed", code: code ?? "unknown", message: message ?? String(error) };
}
