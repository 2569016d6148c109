/** The hosts that a cluster's batch system has given to the job that tsrun runs in, and who starts agents there. */
import { type Environment, KoloError } from "@kolo/core";
import { type LaunchOptions } from "../cli/launch-options.js";
import { type Allocation } from "./allocation.js";
import { batchHosts } from "./batch-hosts.js";
import { slurmAllocation } from "./slurm-allocation.js";

/**
 * Undefined where there are none, or `--launcher` says that it does not matter. With `auto`, an
 * allocation of one node is none: the ranks run where tsrun does, as many as the user says.
 * Throws `config_invalid` where what is said contradicts itself, or is asked for and not there.
 */
export function findAllocation(
  launcher: LaunchOptions["launcher"],
  environment: Environment,
): Allocation | undefined {
  switch (launcher) {
    case "ssh":
      return undefined;
    case "auto": {
      const found = slurmAllocation(environment) ?? batchAllocation(environment);
      return (found?.nodes.length ?? 0) > 1 ? found : undefined;
    }
    case "slurm":
      return (
        slurmAllocation(environment) ??
        missing(
          "slurm",
          "a batch script or the shell of salloc around tsrun, as in " +
            "salloc -N 2 -n 16 tsrun --launcher slurm train.ts; SLURM_JOB_ID or SLURM_JOB_NODELIST is " +
            "missing. --dry-run prints a script for sbatch",
        )
      );
    case "mpi": {
      const found = slurmAllocation(environment) ?? batchAllocation(environment);
      if (found !== undefined) return { ...found, reach: "mpirun" };
      return missing(
        "mpi",
        "--hostfile or --hosts, or a job of Slurm's, PBS's, LSF's or Grid Engine's around tsrun",
      );
    }
  }
}

function batchAllocation(environment: Environment): Allocation | undefined {
  const found = batchHosts(environment);
  if (found === undefined) return undefined;
  const nodes = found.hosts.map(({ name, slots }) => ({ name, tasks: slots, isHere: undefined }));
  return { source: found.source, reach: "mpirun", nodes };
}

function missing(launcher: string, expected: string): never {
  throw new KoloError("config_invalid", `--launcher ${launcher}: expected ${expected}`);
}
