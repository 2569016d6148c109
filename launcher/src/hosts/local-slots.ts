import { type Environment } from "@kolo/core";
import { availableParallelism } from "node:os";
import { type LaunchOptions } from "../cli/launch-options.js";
import { listGpus } from "../gpus/list-gpus.js";
import { needsGpuList } from "../gpus/plan-gpus.js";
import { autoSlots } from "./auto-slots.js";

/** What `slots=auto` is on this machine. `user` is the environment ranks would have. */
export async function localSlots(
  options: Pick<LaunchOptions, "gpus" | "backend">,
  user: Environment,
): Promise<number> {
  const { gpus, backend } = options;
  const isAsked = needsGpuList({ gpus, backend, visible: user["CUDA_VISIBLE_DEVICES"] });
  const list = isAsked ? await listGpus() : undefined;
  return autoSlots({ options, user, list, cores: availableParallelism() });
}
