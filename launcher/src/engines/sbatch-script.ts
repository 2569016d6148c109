/**
 * The batch script of a job for Slurm. Pure.
 *
 * It runs one tsrun on the first host, which takes hosts and tasks from Slurm and has srun start an agent
 * on each other host; secrets go over srun's standard input. exec: a signal to the job reaches tsrun,
 * and tsrun's exit code is the job's.
 */
import { shellCommand, shellQuote } from "../cli/shell-quote.js";

export interface BatchJob {
  /** For squeue. */
  readonly name: string;
  /** How many ranks: tasks, for Slurm. */
  readonly size: number;
  /** How many hosts; undefined: as Slurm sees fit. */
  readonly nodes: number | undefined;
  /** More arguments for sbatch; they come last and so win. */
  readonly arguments: readonly string[];
  /** Where the ranks run, an absolute path that all hosts have. */
  readonly directory: string;
  /** What the first host runs. */
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

cd ${shellQuote(directory)} || exit
exec ${shellCommand(command)}`;
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
