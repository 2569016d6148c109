/** What names are on this host: DNS, /etc/hosts, or whatever its resolver asks. */
import { lookup } from "node:dns/promises";

/** By name; none where it is not known, or not in time. */
export type Addresses = Readonly<Record<string, readonly string[]>>;

const lookUpMs = 5000;

/** Never rejects. */
export async function lookUp(names: readonly string[]): Promise<Addresses> {
  const entries = names.map(async (name) => [name, await addressesOf(name)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function addressesOf(name: string): Promise<readonly string[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly string[]>((resolve) => {
    timer = setTimeout(resolve, lookUpMs, []);
  });
  const found = lookup(name, { all: true }).then(
    (all) => [...new Set(all.map(({ address }) => address))],
    () => [],
  );
  const addresses = await Promise.race([found, late]);
  clearTimeout(timer);
  return addresses;
}
