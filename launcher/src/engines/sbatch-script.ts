/**
 * The batch script of a job for Slurm. Pure.
 *
 * Every task is a tsrun that takes its place from srun. A secret that is new for each job reaches all of
 * them on standard input (--input=all), of which users of the same hosts see nothing.
 */
import { shellCommand, shellQuote } from "../cli/shell-quote.js";

export interface BatchJob {
  /** For squeue. */
  readonly name: string;
  /** How many ranks, one a task. */
  readonly size: number;
  /** How many hosts; undefined: as Slurm sees fit. */
  readonly nodes: number | undefined;
  /** More arguments for sbatch; they come last and so win. */
  readonly arguments: readonly string[];
  /** Where the tasks run, an absolute path that all hosts have. */
  readonly directory: string;
  /** What a task runs. */
  readonly command: readonly string[];
}

/** Ends without a newline. */
export function sbatchScript(job: BatchJob): string {
  const { name, size, nodes, directory, command } = job;
  const directives = [
    `--job-name=${name.replaceAll(/[^\w.-]/g, "_")}`,
    `--ntasks=${size}`,
    ...(nodes === undefined ? [] : [`--nodes=${nodes}`]),
    ...(nodes === undefined || size % nodes > 0 ? [] : [`--ntasks-per-node=${size / nodes}`]),
    ...withTheirValues(job.arguments),
  ];
  return `#!/bin/bash
${directives.map((directive) => `#SBATCH ${directive}`).join("\n")}

set -o errexit -o nounset -o pipefail
cd ${shellQuote(directory)}

# Since Slurm 22.05, srun does not take this from the job by itself.
if [[ -n "\${SLURM_CPUS_PER_TASK-}" ]]; then export SRUN_CPUS_PER_TASK="$SLURM_CPUS_PER_TASK"; fi

# The secret of this job goes to every task on standard input; no argument, no variable and no file
# has it.
head -c 32 /dev/urandom | base64 |
  srun --input=all \\
  ${shellCommand(command)}`;
}

/** "-p", "gpu" is one directive, and so is "--time=2:00:00". */
function withTheirValues(words: readonly string[]): readonly string[] {
  const directives: string[] = [];
  for (const word of words) {
    const last = word.startsWith("-") ? undefined : directives.pop();
    directives.push(last === undefined ? shellQuote(word) : `${last} ${shellQuote(word)}`);
  }
  return directives;
}
