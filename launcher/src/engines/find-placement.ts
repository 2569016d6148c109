/**
 * Which engine started this process, and where it put it. Pure.
 *
 * mpirun goes before srun: inside a Slurm job it has srun start its daemons, whose SLURM_* variables
 * the ranks inherit. Where both say the same (srun --mpi=pmi2), Slurm, which tells of all hosts.
 */
import { type Environment, KoloError } from "@kolo/core";
import { type LaunchOptions } from "../cli/launch-options.js";
import { type EnginePlacement } from "./engine-placement.js";
import { differ, mpiPlacement, placeText } from "./mpi-placement.js";
import { slurmPlacement } from "./slurm-placement.js";

/**
 * Undefined where no engine did, or `--launcher ssh` says that it does not matter. One process alone,
 * as of `srun --pty bash`, is no job to take part in with `--launcher auto`.
 * Throws `config_invalid` where variables contradict each other or the engine asked for is not there.
 */
export function findPlacement(
  launcher: LaunchOptions["launcher"],
  environment: Environment,
): EnginePlacement | undefined {
  switch (launcher) {
    case "ssh":
      return undefined;
    case "mpi": {
      const placement = mpiPlacement(environment);
      if (placement !== undefined) return placement;
      throw new KoloError(
        "config_invalid",
        "--launcher mpi: expected mpirun to have started this process, as in " +
          "mpirun -np 4 tsrun --launcher mpi train.ts; OMPI_COMM_WORLD_RANK and PMI_RANK are missing",
      );
    }
    case "slurm": {
      const placement = slurmPlacement(environment);
      const byMpi = placement === undefined ? undefined : mpiPlacement(environment);
      if (placement === undefined || byMpi === undefined || !differ(placement, byMpi)) {
        return placement;
      }
      throw new KoloError(
        "config_invalid",
        `--launcher slurm: expected srun to have started this process; Slurm says ` +
          `${placeText(placement)}, mpirun ${placeText(byMpi)}; --launcher mpi believes mpirun`,
      );
    }
    case "auto": {
      const byMpi = mpiPlacement(environment);
      const bySlurm = slurmPlacement(environment);
      const agree = byMpi === undefined || (bySlurm !== undefined && !differ(bySlurm, byMpi));
      const placement = agree ? (bySlurm ?? byMpi) : byMpi;
      return placement !== undefined && placement.size > 1 ? placement : undefined;
    }
  }
}
