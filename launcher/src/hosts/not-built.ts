/**
 * What jobs on several hosts still lack, said in one place: nothing here stays when it is built.
 * Until then the rest may take for granted that all ranks run on this machine.
 */
import { KoloError } from "@kolo/core";
import { type LaunchOptions } from "../cli/launch-options.js";

/** Throws `config_invalid` for a job whose hosts mpirun chooses. */
export function expectBuilt({ launcher }: Pick<LaunchOptions, "launcher">): void {
  if (launcher === "mpi") {
    throw new KoloError(
      "config_invalid",
      "--launcher mpi: taking hosts from mpirun is not built yet; start tsrun once, without mpirun, " +
        "with --hostfile, which reads mpirun's hostfiles too",
    );
  }
}
