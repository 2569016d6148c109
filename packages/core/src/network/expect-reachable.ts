/** Ssh may lead to a host where no other connection does: through a tunnel, or over one link only. */
import { networkInterfaces } from "node:os";
import { KoloError } from "../errors.js";
import { isLoopback } from "../listen-on.js";
import { type Interfaces, isLinkLocal } from "./pick-address.js";

export interface Reached {
  readonly interfaces: Interfaces;
  /** The host's own address of the ssh connection. */
  readonly reachedAt: string;
}

/** Throws `config_invalid` where ranks of other hosts could not reach those of this one. */
export function expectReachable(name: string, { interfaces, reachedAt }: Reached): void {
  const reason = isLinkLocal(reachedAt)
    ? "a link-local address, which no other host can dial"
    : isLoopback(reachedAt) && !isThisMachine(interfaces)
      ? "its own loopback, as through a tunnel; ranks of other hosts cannot"
      : undefined;
  if (reason === undefined) return;
  throw new KoloError(
    "config_invalid",
    `host ${name}: ssh reaches it at ${reachedAt}, ${reason}. ` +
      "Name it by an address that all hosts of the job reach",
    { host: name },
  );
}

/** A second sshd on this machine, on a port of its own, is a host like any other. */
function isThisMachine(interfaces: Interfaces): boolean {
  const own = new Set(addressesIn(networkInterfaces()));
  return addressesIn(interfaces).every((address) => own.has(address));
}

function addressesIn(interfaces: Interfaces): string[] {
  return Object.values(interfaces).flatMap((infos) => (infos ?? []).map(({ address }) => address));
}
