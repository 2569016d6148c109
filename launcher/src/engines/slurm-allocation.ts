/**
 * What Slurm has given to the batch script, or the shell of salloc, that tsrun runs in: nodes, and how
 * many tasks each may run. Pure.
 */
import { type Environment, KoloError } from "@kolo/core";
import { type LaunchOptions } from "../cli/launch-options.js";
import { engineVariables } from "./engine-placement.js";
import { expandNodeList } from "./expand-node-list.js";
import { expandTaskCounts } from "./expand-task-counts.js";
import { findPlacement } from "./find-placement.js";
import { placeText } from "./mpi-placement.js";

export interface SlurmAllocation {
  readonly jobId: string;
  readonly nodes: readonly AllocatedNode[];
}

export interface AllocatedNode {
  readonly name: string;
  /** How many ranks it is to run. */
  readonly tasks: number;
  /** Whether this process runs on it, in the job. */
  readonly isHere: boolean;
}

/**
 * Undefined where there is none, or `--launcher` says that it does not matter. With `auto`, an
 * allocation of one node is none: the ranks run where tsrun does, as many as the user says.
 * Throws `config_invalid` where variables contradict each other, where Slurm is asked for and not
 * there, and where srun or mpirun has started many of this process.
 */
export function slurmAllocation(
  launcher: LaunchOptions["launcher"],
  environment: Environment,
): SlurmAllocation | undefined {
  if (launcher === "ssh" || launcher === "mpi") return undefined;
  const placement = findPlacement(launcher, environment);
  if (placement !== undefined) {
    const [engine, remedy] =
      placement.engine === "slurm"
        ? ["srun", "call it in the batch script or in salloc's shell: it calls srun itself"]
        : ["mpirun", "start it without mpirun, and name the hosts with --hostfile or --hosts"];
    throw new KoloError(
      "config_invalid",
      `expected tsrun to be started once, got ${placeText(placement)} of ${engine}; ${remedy}`,
    );
  }
  const allocation = readAllocation(environment);
  if (launcher === "auto") return (allocation?.nodes.length ?? 0) > 1 ? allocation : undefined;
  if (allocation !== undefined) return allocation;
  throw new KoloError(
    "config_invalid",
    "--launcher slurm: expected a batch script or the shell of salloc around tsrun, as in " +
      "salloc -N 2 -n 16 tsrun --launcher slurm train.ts; SLURM_JOB_ID or SLURM_JOB_NODELIST is " +
      "missing. --dry-run prints a script for sbatch",
  );
}

function readAllocation(environment: Environment): SlurmAllocation | undefined {
  const { text } = engineVariables(environment, "Slurm");
  const jobId = text("SLURM_JOB_ID", "SLURM_JOBID");
  const list = text("SLURM_JOB_NODELIST", "SLURM_NODELIST");
  if (jobId === undefined || list === undefined) return undefined;
  const names = expandNodeList(list);
  const countsName = "SLURM_TASKS_PER_NODE";
  const counts = expandTaskCounts(text(countsName) ?? `1(x${names.length})`, countsName);
  if (counts.length !== names.length) {
    throw new KoloError(
      "config_invalid",
      `expected ${countsName} to say ${names.length} hosts, as ${list} does, got ${counts.length}`,
    );
  }
  const here = text("SLURMD_NODENAME");
  return {
    jobId,
    nodes: names.map((name, index) => ({
      name,
      tasks: counts[index] ?? 1,
      isHere: name === here,
    })),
  };
}
