/**
 * Which entries mean the machine tsrun runs on, so that its ranks need no ssh. Pure.
 *
 *   localhost, 127.0.0.0/8, ::1     unless a port is given: then it is a tunnel to another machine
 *   an address of an interface      also with a port: every host of a cluster may listen on 2222
 *   its own hostname, whole or up to the first dot                                       likewise
 *
 * Never where another user is to log in. What only DNS could tell stays undecided: such an entry is
 * reached over ssh, which works for this machine too.
 */
import { isIPv4 } from "node:net";
import { type NetworkInterfaceInfo } from "node:os";
import { type HostEntry } from "./host-entry.js";
import { canonicalHost } from "./host-name.js";

export interface Machine {
  readonly hostname: string;
  /** Who runs tsrun. */
  readonly user: string;
  /** As os.networkInterfaces() gives them. */
  readonly interfaces: Readonly<
    Record<string, readonly Pick<NetworkInterfaceInfo, "address">[] | undefined>
  >;
}

export function meansThisMachine(
  entry: Pick<HostEntry, "host" | "user" | "port">,
  machine: Machine,
): boolean {
  if (entry.user !== undefined && entry.user !== machine.user) return false;
  const host = canonicalHost(entry.host);
  if (isLoopback(host)) return entry.port === undefined;
  return hostnames(machine).has(host) || addresses(machine).has(host);
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

function hostnames({ hostname }: Machine): ReadonlySet<string> {
  const whole = canonicalHost(hostname);
  return new Set([whole, whole.split(".")[0] ?? whole]);
}

/** A link-local address belongs to this machine in the zone of its interface only. */
function addresses({ interfaces }: Machine): ReadonlySet<string> {
  return new Set(
    Object.entries(interfaces).flatMap(([name, infos = []]) =>
      infos.map(({ address }) => {
        const host = canonicalHost(address);
        return host.startsWith("fe80:") ? `${host.split("%")[0] ?? host}%${name}` : host;
      }),
    ),
  );
}
