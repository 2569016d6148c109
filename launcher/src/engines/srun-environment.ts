/**
 * What srun is called with: tsrun's own environment, without the variables by which a user makes srun
 * label, redirect or multiply what it starts. An agent's standard streams carry frames. Pure.
 */
import { type Environment } from "@kolo/core";

const disturbing = [
  "SLURM_LABELIO",
  "SLURM_MULTI_PROG",
  "SLURM_STDERRMODE",
  "SLURM_STDINMODE",
  "SLURM_STDOUTMODE",
  "SLURM_UNBUFFEREDIO",
  // Would have the step wait for nodes of its own.
  "SLURM_EXCLUSIVE",
];

export function srunEnvironment(own: Environment): Environment {
  return Object.fromEntries(Object.entries(own).filter(([name]) => !disturbing.includes(name)));
}
