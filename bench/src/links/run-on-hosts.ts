/** Runs a command on the first of the hosts, from where it starts ranks on all; what these have printed. */
import { join } from "node:path";
import { type Hosts } from "@kolo/test/hosts/hosts";
import { printedJson } from "./printed-json.js";

const tsrun = join(__dirname, "../../../node_modules/.bin/tsrun");

export async function runOnHosts(
  hosts: Hosts,
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly unknown[]> {
  const { code, signal, stdout, stderr } = await hosts.host(0).exec(program, args, { env });
  if (code === 0) return printedJson(stdout);
  const end = signal ?? `exit code ${String(code)}`;
  throw new Error(`${program} ended by ${end}\n  ${[program, ...args].join(" ")}\n${stderr}`);
}

/** So many ranks of a script on each host, over ssh, as a user would start them. */
export function tsrunCommand(
  hosts: Hosts,
  ranksPerHost: number,
  flagsAndScript: readonly string[],
): readonly [string, ...string[]] {
  const places = hosts.all.map(({ name }) => `${name}:${ranksPerHost}`).join();
  return [tsrun, "-H", places, "--quiet", ...flagsAndScript];
}
