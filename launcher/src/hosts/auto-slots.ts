/** What `slots=auto` is on a host: its GPUs, or where there is none its cores. Pure. */
import { type Environment } from "@kolo/core";
import { type LaunchOptions } from "../cli/launch-options.js";
import { maxRanks } from "../cli/max-ranks.js";
import { type GpuList } from "../gpus/list-gpus.js";
import { offeredGpus } from "../gpus/plan-gpus.js";

export interface SlotsQuestion {
  readonly options: Pick<LaunchOptions, "gpus" | "backend">;
  /** What ranks would have there, for CUDA_VISIBLE_DEVICES. */
  readonly user: Environment;
  /** What nvidia-smi lists there; undefined where it was not asked. */
  readonly list: GpuList | undefined;
  /** That ranks may use there. */
  readonly cores: number;
}

export function autoSlots({ options, user, list, cores }: SlotsQuestion): number {
  const visible = user["CUDA_VISIBLE_DEVICES"];
  const listed = list?.ok === true ? list.gpus : undefined;
  const { length } = offeredGpus({ ...options, visible, listed });
  return Math.min(maxRanks, length === 0 ? cores : length);
}
