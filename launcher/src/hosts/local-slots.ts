/** What `slots=auto` is on the machine it is asked on. */
import { type Environment } from "@kolo/core";
import { availableParallelism } from "node:os";
import { type LaunchOptions } from "../cli/launch-options.js";
import { maxRanks } from "../cli/max-ranks.js";
import { listGpus } from "../gpus/list-gpus.js";
import { needsGpuList, offeredGpus } from "../gpus/plan-gpus.js";

/**
 * As many as the GPUs that ranks may be given, or else the cores. `user` is the environment ranks would
 * have, for CUDA_VISIBLE_DEVICES.
 */
export async function localSlots(
  { gpus, backend }: Pick<LaunchOptions, "gpus" | "backend">,
  user: Environment,
): Promise<number> {
  const visible = user["CUDA_VISIBLE_DEVICES"];
  const list = needsGpuList({ gpus, backend, visible }) ? await listGpus() : undefined;
  const listed = list?.ok === true ? list.gpus : undefined;
  const { length } = offeredGpus({ gpus, backend, visible, listed });
  return Math.min(maxRanks, length === 0 ? availableParallelism() : length);
}
