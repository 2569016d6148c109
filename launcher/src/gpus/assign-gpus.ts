/** Looks at the machine and the project, and plans. */
import { dirname } from "node:path";
import { backendPackages, type Environment } from "@kolo/core";
import { findPackage } from "../check/find-package.js";
import { type LaunchOptions } from "../cli/launch-options.js";
import { listGpus } from "./list-gpus.js";
import { type GpuPlan, needsGpuList, planGpus } from "./plan-gpus.js";

export interface GpuAssignment {
  readonly options: Pick<LaunchOptions, "gpus" | "gpusShare" | "backend">;
  /** How many ranks this machine runs. */
  readonly localSize: number;
  /** Absolute path. */
  readonly script: string;
  readonly directory: string;
  /** The ranks', before anything is added. */
  readonly user: Environment;
}

/** Throws `gpu_unavailable`. */
export async function assignGpus(assignment: GpuAssignment): Promise<GpuPlan> {
  const { options, localSize, script, directory, user } = assignment;
  const { gpus, gpusShare, backend } = options;
  const visible = user["CUDA_VISIBLE_DEVICES"];
  const list = needsGpuList({ gpus, backend, visible }) ? await listGpus() : undefined;
  const listed = list?.ok === true && list.gpus.length > 0 ? list.gpus : undefined;
  return planGpus({
    gpus,
    gpusShare,
    backend,
    localSize,
    gpuPackage: [dirname(script), directory].some(
      (folder) => findPackage(backendPackages["tensorflow-gpu"], folder) !== undefined,
    ),
    visible,
    listed,
    unlisted: list?.ok === false ? list.reason : "nvidia-smi lists none",
  });
}
