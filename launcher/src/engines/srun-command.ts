/**
 * How srun is called to start one agent on one node of the allocation that tsrun runs in, where ssh
 * would be called otherwise. Pure.
 *
 * Its standard input and output carry the frames. Not --unbuffered: that would be a terminal.
 */

/** The command that runs `line` there: program and arguments. */
export function srunCommand(node: string, line: string): string[] {
  return ["srun", ...options, `--nodelist=${node}`, "sh", "-c", line];
}

const options = [
  "--nodes=1",
  "--ntasks=1",
  "--ntasks-per-node=1",
  // One step among those of the other nodes, with all that the job has on its own.
  "--overlap",
  // Cores are for kolo to share out among the ranks.
  "--cpu-bind=none",
  // No library of MPI is to be waited for.
  "--mpi=none",
  "--job-name=kolo-agent",
];
