/** What the names of hosts are on this machine, and where another host knows them otherwise. Pure. */
import { type NameDifference } from "./findings.js";
import { type Addresses } from "./look-up.js";

export interface NamesOfHost {
  /** Who looked them up. */
  readonly host: string;
  /** What that host is called among the names; of itself a host may know what it likes. */
  readonly ownName: string | undefined;
  readonly addresses: Addresses;
}

/** Names that either does not know are no difference: kolo looks up names on this machine alone. */
export function compareNames(here: Addresses, others: readonly NamesOfHost[]): NameDifference[] {
  return others.flatMap(({ host, ownName, addresses }) =>
    Object.entries(addresses).flatMap(([name, there]) => {
      const known = here[name] ?? [];
      const isAlike = there.some((address) => known.includes(address));
      if (name === ownName || isAlike || there.length === 0 || known.length === 0) return [];
      return [{ host, name, there, here: known }];
    }),
  );
}
