/**
 * What jobs on several hosts still lack, said in one place: nothing here stays when it is built.
 * Until then the rest may take for granted that all ranks run on this machine.
 */
import { KoloError } from "@kolo/core";
import { type LaunchOptions } from "../cli/launch-options.js";
import { hostText } from "./host-entry.js";
import { type HostPlan } from "./host-plan.js";

/** Throws `config_invalid` for a job that needs ssh or a cluster's engine. */
export function expectBuilt({ launcher }: Pick<LaunchOptions, "launcher">, plan: HostPlan): void {
  if (launcher === "slurm" || launcher === "mpi") {
    throw new KoloError(
      "config_invalid",
      `--launcher ${launcher}: launching under ${launcher === "slurm" ? "Slurm" : "MPI"} is not built yet` +
        (launcher === "slurm" ? "; --dry-run prints the batch script" : ""),
    );
  }
  const others = plan.filter(({ host }) => !host.isLocal).map(({ host }) => hostText(host));
  if (others.length > 0) throw overSshNotBuilt(`starting ranks on ${others.join(", ")}`);
}

export function overSshNotBuilt(what: string): KoloError {
  return new KoloError(
    "config_invalid",
    `${what} needs ssh, and launching over ssh is not built yet; ` +
      "expected hosts that are this machine, such as localhost",
  );
}
