/**
 * A test may pretend that the job is not on loopback (CONTRIBUTING.md): then everybody speaks TLS, and
 * each rank listens on an address of its own.
 */
import { type Environment, type ListenOn } from "@kolo/core";

const pretendVariable = "KOLO_PRETEND_TLS";

export interface PretendedNetwork {
  readonly isSecure: boolean;
  readonly listenOn?: (rank: number) => ListenOn;
}

export function pretendedNetwork(environment: Environment): PretendedNetwork {
  if (environment[pretendVariable] !== "1") return { isSecure: false };
  // Linux has all of 127.0.0.0/8.
  return { isSecure: true, listenOn: (rank) => ({ host: `127.0.0.${2 + (rank % 250)}` }) };
}
