import { Expected } from "../cli/readers.js";
import { type FoundHost, hostText } from "./host-entry.js";
import { canonicalHost } from "./host-name.js";

/**
 * That the last host is not one of those before it, whoever logs in. Only ports that differ make two
 * hosts of one name: machines behind one address. Throws Expected.
 */
export function expectDistinct(hosts: readonly FoundHost[]): void {
  const last = hosts.at(-1);
  if (last === undefined) return;
  const twin = hosts.slice(0, -1).find((host) => isSame(host, last));
  if (twin === undefined) return;
  throw new Expected(
    `each host once, got ${hostText(twin)} in ${twin.where} and ${hostText(last)} in ${last.where}; ` +
      "give it all its slots in one",
  );
}

function isSame(one: FoundHost, other: FoundHost): boolean {
  const samePort = one.port === undefined || other.port === undefined || one.port === other.port;
  return samePort && canonicalHost(one.host) === canonicalHost(other.host);
}
