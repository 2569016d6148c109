/**
 * Names and addresses of hosts: what may be one, and when two are the same. Pure. What passes here may
 * stand on ssh's command line: nothing begins with a dash, nothing means anything to a shell.
 */
import { isIPv4, isIPv6 } from "node:net";
import { Expected, shown } from "../cli/readers.js";

const maxNameLength = 253;

/** A name as DNS or ssh's configuration knows it, or an IPv4 address. Throws Expected. */
export function checkedName(name: string): string {
  if (/^\d+$/.test(name)) throw new Expected(`the name of a host, got only the number ${name}`);
  if (/^[\d.]+$/.test(name) && !isIPv4(name)) {
    throw new Expected(`an IPv4 address such as 10.0.0.7, got ${shown(name)}`);
  }
  const isName = /^\w([\w.-]*\w)?\.?$/.test(name) && name.length <= maxNameLength;
  if (isName) return name;
  throw new Expected(
    `the name or the address of a host (letters, digits, "." "-" "_"), got ${shown(name)}`,
  );
}

/** What stands in brackets; `%eth0` may follow the address. Throws Expected. */
export function checkedIPv6(address: string): string {
  if (isIPv6(address) && /^[\da-f:.]+(%[\w.-]+)?$/i.test(address)) return address;
  throw new Expected(`an IPv6 address in the brackets, as in [fd00::7], got ${shown(address)}`);
}

/** Throws Expected. */
export function checkedUser(user: string): string {
  if (/^\w[\w.@+\\-]*\$?$/.test(user)) return user;
  throw new Expected(`the name of a user before the @, got ${shown(user)}`);
}

/** The same text for the same host, however it is written. */
export function canonicalHost(host: string): string {
  const [address = "", zone] = host.split("%");
  if (!isIPv6(address)) return host.toLowerCase().replace(/\.$/, "");
  const shortest = new URL(`http://[${address}]`).hostname.slice(1, -1);
  return zone === undefined ? shortest : `${shortest}%${zone}`;
}
