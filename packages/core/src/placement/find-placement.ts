/**
 * Which engine started this process, and where it put it. Pure.
 *
 * mpirun goes before srun: inside a Slurm job it has srun start its daemons, whose SLURM_* variables
 * the ranks inherit. Where both say the same (srun --mpi=pmi2), Slurm, which checks more.
 */
import { type Environment } from "../variables.js";
import { type EnginePlacement } from "./engine-placement.js";
import { differ, mpiPlacement } from "./mpi-placement.js";
import { slurmPlacement } from "./slurm-placement.js";

/**
 * Undefined where no engine did. One process alone, as of `srun --pty bash`, is no job to take part in.
 * Throws `config_invalid` where variables contradict each other.
 */
export function findPlacement(environment: Environment): EnginePlacement | undefined {
  const byMpi = mpiPlacement(environment);
  const bySlurm = slurmPlacement(environment);
  const agree = byMpi === undefined || (bySlurm !== undefined && !differ(bySlurm, byMpi));
  const placement = agree ? (bySlurm ?? byMpi) : byMpi;
  return placement !== undefined && placement.size > 1 ? placement : undefined;
}
