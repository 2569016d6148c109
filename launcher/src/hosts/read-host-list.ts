/** `--hosts a:2,b:4`: the entries of a hostfile with commas between; in a config file also a list. */
import { Expected, type Reader, shown } from "../cli/readers.js";
import { expectDistinct } from "./expect-distinct.js";
import { type FoundHost } from "./host-entry.js";
import { parseHostEntry } from "./parse-host-entry.js";

/** Repeated flags add up. */
export const readHostList: Reader<readonly FoundHost[]> = (value) => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const hosts: FoundHost[] = [];
  for (const [index, entry] of list.flatMap(entriesOf).entries()) {
    const where = `entry ${index + 1}`;
    try {
      hosts.push({ ...parseHostEntry(entry), where });
    } catch (error) {
      if (error instanceof Expected) throw new Expected(`${error.message} (${where})`);
      throw error;
    }
    expectDistinct(hosts);
  }
  return hosts;
};

function entriesOf(text: unknown): readonly string[] {
  if (typeof text === "string") return text.split(",");
  throw new Expected(`hosts such as a:2,b:4, got ${shown(text)}`);
}
