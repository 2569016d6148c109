/** Open MPI's mpirun among the test hosts: it starts its own daemon on each by ssh. */
import type { Hosts } from "./hosts.js";
import { programPath, requireForHosts } from "./requirements.js";

export interface MpiOptions {
  readonly np: number;
  /** How many ranks a host takes. Default: as many as it needs to, on the first host alone. */
  readonly slotsPerHost?: number;
}

/** The command line, for the first host, that starts `np` ranks of a command. */
export function mpirunCommand(
  hosts: Hosts,
  { np, slotsPerHost }: MpiOptions,
  command: readonly string[],
): readonly [string, ...string[]] {
  requireForHosts(["mpirun"]);
  const placement =
    slotsPerHost === undefined
      ? ["--oversubscribe"]
      : ["--host", hosts.all.map(({ name }) => `${name}:${slotsPerHost}`).join(",")];
  return [
    programPath("mpirun"),
    "--allow-run-as-root",
    "-np",
    String(np),
    ...placement,
    // Cores are for kolo to share out; and there are fewer than ranks here.
    "--bind-to",
    "none",
    ...command,
  ];
}
