/**
 * What Slurm has given to the batch script, or the shell of salloc, that tsrun runs in: nodes, and how
 * many tasks each may run. Pure.
 */
import {
  engineVariables,
  type Environment,
  expandNodeList,
  expandTaskCounts,
  KoloError,
} from "@kolo/core";
import { type Allocation } from "./allocation.js";

/** Undefined outside a job of Slurm's. Throws `config_invalid` where variables contradict each other. */
export function slurmAllocation(environment: Environment): Allocation | undefined {
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
    source: `Slurm's job ${jobId}`,
    reach: "srun",
    nodes: names.map((name, index) => ({
      name,
      tasks: counts[index] ?? 1,
      isHere: name === here,
    })),
  };
}
