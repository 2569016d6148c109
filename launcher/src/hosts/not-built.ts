/**
 * What jobs on several hosts still lack, said in one place: nothing here stays when it is built.
 * Until then the rest may take for granted that all ranks run on this machine.
 */
import { KoloError } from "@kolo/core";

export function autoSlotsNotBuilt(what: string): KoloError {
  return new KoloError(
    "config_invalid",
    `${what} would have to be counted over ssh, which is not built yet; expected a number of slots`,
  );
}
