/** Where something listens, and whether it may: beyond loopback only with TLS, or if told to. */
import { isIP } from "node:net";
import { type Credentials } from "./credentials.js";
import { KoloError } from "./errors.js";

export interface ListenOn {
  /** An address of this host. */
  readonly host: string;
}

export interface Protection {
  /** Mutual TLS 1.3 with these. */
  readonly secure?: Credentials;
  /** The user has said that nothing is to be encrypted (`--insecure`). */
  readonly insecure?: boolean;
}

export function isLoopback(host: string): boolean {
  if (host === "localhost" || host === "::1") return true;
  return isIP(host) === 4 && host.startsWith("127.");
}

/** Throws `config_invalid` where `what` would be open to the network with nothing but a token. */
export function checkListenOn(what: string, { host }: ListenOn, protection: Protection): void {
  if (isLoopback(host) || protection.secure !== undefined || protection.insecure === true) return;
  throw new KoloError(
    "config_invalid",
    `expected a loopback address for ${what} to listen on, got ${host}: beyond this host it needs ` +
      "certificates (mutual TLS), or --insecure to go without",
  );
}
