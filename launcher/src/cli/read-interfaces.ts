import { Expected, type Reader, shown } from "./readers.js";

/** Names of network interfaces as Linux has them, with commas between; in a config file also a list. */
export const readInterfaces: Reader<readonly string[]> = (value) => {
  const list = Array.isArray(value) ? value : String(value).split(",");
  const names = list.map((one: unknown) => String(one).trim());
  if (names.length > 0 && names.every(isInterface)) return names;
  throw new Expected(`names of network interfaces such as eth0 or eth0,ib0, got ${shown(value)}`);
};

function isInterface(name: string): boolean {
  return /^[^\s/,\0]{1,15}$/.test(name) && !name.startsWith("-");
}
