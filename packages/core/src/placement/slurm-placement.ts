/**
 * The place of a task that srun has started, from SLURM_* variables. Pure.
 *
 * Where srun numbers tasks host by host (--distribution=block, its default), the rank is
 * SLURM_PROCID. Where it deals them out (cyclic, plane), ranks are numbered host by host all the same,
 * from SLURM_NODEID and SLURM_LOCALID, so that the ring enters and leaves each host once.
 *
 * A step's own variables (SLURM_STEP_*) go before those of the allocation, of which a step may be a part.
 */
import { type Environment } from "../variables.js";
import { KoloError } from "../errors.js";
import { engineVariables, type EnginePlacement, expectBelow } from "./engine-placement.js";
import { expandNodeList } from "./expand-node-list.js";
import { expandTaskCounts } from "./expand-task-counts.js";

/** Steps from here on are the batch script's, salloc's shell and their like, not srun's. */
const firstSpecialStep = 0xffff_fff0;

/** Undefined where srun has not started this process. Throws `config_invalid` on contradictions. */
export function slurmPlacement(environment: Environment): EnginePlacement | undefined {
  const { text, integer, required } = engineVariables(environment, "Slurm");
  const jobId = text("SLURM_JOB_ID", "SLURM_JOBID");
  const stepId = text("SLURM_STEP_ID", "SLURM_STEPID");
  if (jobId === undefined || stepId === undefined || Number(stepId) >= firstSpecialStep) {
    return undefined;
  }
  const sizeNames = ["SLURM_STEP_NUM_TASKS", "SLURM_NTASKS", "SLURM_NPROCS"] as const;
  const size = required(...sizeNames);
  const procId = required("SLURM_PROCID");
  const localRank = required("SLURM_LOCALID");
  const nodeId = required("SLURM_NODEID");
  expectBelow(["SLURM_PROCID", procId], ["SLURM_NTASKS", size]);

  const countsName =
    text("SLURM_STEP_TASKS_PER_NODE") === undefined
      ? "SLURM_TASKS_PER_NODE"
      : "SLURM_STEP_TASKS_PER_NODE";
  const counts = expandTaskCounts(text(countsName) ?? String(size), countsName);
  const sum = counts.reduce((total, count) => total + count, 0);
  expectEqual([countsName, sum, "tasks in all"], ["SLURM_NTASKS", size]);
  const hostCount = integer("SLURM_STEP_NUM_NODES", "SLURM_NNODES", "SLURM_JOB_NUM_NODES");
  if (hostCount !== undefined) {
    expectEqual([countsName, counts.length, "hosts"], ["SLURM_NNODES", hostCount]);
  }
  const list = text("SLURM_STEP_NODELIST", "SLURM_JOB_NODELIST", "SLURM_NODELIST");
  const hostNames = list === undefined ? undefined : expandNodeList(list);
  if (hostNames !== undefined) {
    expectEqual(
      [`the list of hosts ${list ?? ""}`, hostNames.length, "hosts"],
      [countsName, counts.length],
    );
  }

  expectBelow(["SLURM_NODEID", nodeId], ["the number of hosts", counts.length]);
  const localSize = counts[nodeId] ?? 0;
  expectBelow(["SLURM_LOCALID", localRank], [`the tasks of host ${nodeId}`, localSize]);
  const firstRank = counts.slice(0, nodeId).reduce((total, count) => total + count, 0);
  // Numbers of jobs begin anew with the cluster; the port of this srun tells them apart.
  const port = text("SLURM_SRUN_COMM_PORT") ?? "";
  return {
    engine: "slurm",
    jobId: `${jobId}.${stepId}${port === "" ? "" : `.${port}`}`,
    rank: firstRank + localRank,
    size,
    localRank,
    localSize,
  };
}

function expectEqual(
  [name, got, what]: readonly [string, number, string],
  [otherName, expected]: readonly [string, number],
): void {
  if (got === expected) return;
  throw new KoloError(
    "config_invalid",
    `expected ${name} to say ${expected} ${what}, as ${otherName} does, got ${got}`,
  );
}
