/**
 * What jobs on several hosts still lack, said in one place: nothing here stays when it is built.
 * Until then the rest may take for granted that all ranks run on this machine.
 */
import { KoloError } from "@kolo/core";
import { type LaunchOptions } from "../cli/launch-options.js";

/** Throws `config_invalid` for a job that needs a cluster's engine. */
export function expectBuilt({ launcher }: Pick<LaunchOptions, "launcher">): void {
  if (launcher === "slurm" || launcher === "mpi") {
    throw new KoloError(
      "config_invalid",
      `--launcher ${launcher}: launching under ${launcher === "slurm" ? "Slurm" : "MPI"} is not built yet` +
        (launcher === "slurm" ? "; --dry-run prints the batch script" : ""),
    );
  }
}

export function autoSlotsNotBuilt(what: string): KoloError {
  return new KoloError(
    "config_invalid",
    `${what} would have to be counted over ssh, which is not built yet; expected a number of slots`,
  );
}
