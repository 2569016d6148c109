/**
 * Which address of this host its peers are to dial: pure. Where the user names an interface, one of
 * its; else one of the network that the peer is in, the smallest such network first. What lies behind a
 * router only the kernel knows: local-address-to.ts asks it.
 */
import { BlockList, isIP } from "node:net";
import { type NetworkInterfaceInfo } from "node:os";
import { KoloError } from "../errors.js";
import { isLoopback } from "../listen-on.js";

/** As os.networkInterfaces() gives them. */
export type Interfaces = Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;

export interface AddressChoice {
  readonly interfaces: Interfaces;
  /** IPv4 or IPv6 address of a peer, as its name resolves. */
  readonly peer: string;
  /** What --network-interface said. */
  readonly networkInterface?: string;
}

interface Candidate {
  readonly name: string;
  readonly info: NetworkInterfaceInfo;
}

/**
 * Throws `config_invalid` for an interface that there is not or that has no address of the peer's
 * family, and where `peer` is no address; `transport_unavailable` where no network here has the peer in
 * it. The message lists the interfaces there are.
 */
export function pickAddress({ interfaces, peer, networkInterface }: AddressChoice): string {
  const family = familyOf(peer);
  const all = candidatesIn(interfaces);
  const listed = listInterfaces(interfaces);
  if (networkInterface !== undefined) {
    if (interfaces[networkInterface] === undefined) {
      throw new KoloError(
        "config_invalid",
        `expected --network-interface to name an interface of this host, got ` +
          `"${networkInterface}"; there are ${listed}`,
      );
    }
    const own = all.filter(({ name, info }) => name === networkInterface && isUsable(info, family));
    const best = nearest(own, peer) ?? own[0];
    if (best !== undefined) return best.info.address;
    throw new KoloError(
      "config_invalid",
      `expected the interface ${networkInterface} to have an ${family} address, as its peer ` +
        `${peer} has; there are ${listed}`,
    );
  }
  if (isLoopback(peer)) return peer;
  const best = nearestAddress(interfaces, peer);
  if (best !== undefined) return best;
  throw new KoloError(
    "transport_unavailable",
    `expected an interface of this host in the network of ${peer}; there are ${listed}. ` +
      "Choose one with --network-interface",
  );
}

/** The address of this host in the smallest network that has the peer in it; undefined: in none. */
export function nearestAddress(interfaces: Interfaces, peer: string): string | undefined {
  const family = familyOf(peer);
  const usable = candidatesIn(interfaces).filter(({ info }) => isUsable(info, family));
  return nearest(usable, peer)?.info.address;
}

/** For messages: `lo (127.0.0.1/8), eth0 (10.0.0.1/24)`. */
export function listInterfaces(interfaces: Interfaces): string {
  const names = Object.entries(interfaces).map(([name, infos]) => {
    const addresses = (infos ?? []).map(({ address, cidr }) => cidr ?? address);
    return `${name} (${addresses.join(", ")})`;
  });
  return names.length === 0 ? "none" : names.join(", ");
}

function familyOf(peer: string): "IPv4" | "IPv6" {
  const version = isIP(peer);
  if (version === 4) return "IPv4";
  if (version === 6) return "IPv6";
  throw new KoloError("config_invalid", `expected the address of a peer, got "${peer}"`);
}

function candidatesIn(interfaces: Interfaces): Candidate[] {
  return Object.entries(interfaces).flatMap(([name, infos]) =>
    (infos ?? []).map((info) => ({ name, info })),
  );
}

/** IPv6 only. It means nothing without the name of an interface on the peer's side. */
export function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/i.test(address);
}

function isUsable({ address, family }: NetworkInterfaceInfo, wanted: "IPv4" | "IPv6"): boolean {
  return family === wanted && !isLinkLocal(address);
}

/** The one whose network has the peer in it, the smallest network first. */
function nearest(candidates: readonly Candidate[], peer: string): Candidate | undefined {
  const around = candidates.filter(({ info }) => holds(info, peer));
  return around.sort((a, b) => prefixOf(b.info) - prefixOf(a.info))[0];
}

function holds(info: NetworkInterfaceInfo, peer: string): boolean {
  const network = new BlockList();
  const family = info.family === "IPv6" ? "ipv6" : "ipv4";
  network.addSubnet(info.address, prefixOf(info), family);
  return network.check(peer, family);
}

/** Bits of the network part; all of them where that is not known. */
function prefixOf({ cidr, family }: NetworkInterfaceInfo): number {
  const [, bits] = cidr?.split("/") ?? [];
  return bits === undefined ? (family === "IPv6" ? 128 : 32) : Number(bits);
}
