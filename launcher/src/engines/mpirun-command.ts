/**
 * How Open MPI's mpirun is called to start one agent on one host, where ssh would be called otherwise.
 * Pure.
 *
 * One mpirun for each host: mpirun hands its standard input to rank 0 alone and mixes what ranks say,
 * so that an agent has to be the only rank of its mpirun to talk frames over both.
 */

export interface MpirunOptions {
  /** Whether root calls it, whom mpirun refuses otherwise. */
  readonly isRoot: boolean;
}

/** The command that runs `line` there: program and arguments. */
export function mpirunCommand(host: string, line: string, { isRoot }: MpirunOptions): string[] {
  return [
    "mpirun",
    ...(isRoot ? ["--allow-run-as-root"] : []),
    ...options,
    "--host",
    host,
    "sh",
    "-c",
    line,
  ];
}

const options = [
  ...["-np", "1", "--map-by", "ppr:1:node"],
  // Cores are for kolo to share out among the ranks.
  ...["--bind-to", "none"],
  // Bytes must pass as they are, whatever the user's own parameters say of output.
  ...["orte_tag_output", "orte_timestamp_output", "orte_xml_output"].flatMap((name) => [
    ...["--mca", name, "0"],
  ]),
];
