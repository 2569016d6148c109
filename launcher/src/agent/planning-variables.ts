import { type Environment } from "@kolo/core";

/** Variables of a host that tsrun looks at when it plans threads, GPUs and how loud ranks are. */
const planningVariables = [
  "CUDA_VISIBLE_DEVICES",
  "NODE_OPTIONS",
  "OMP_NUM_THREADS",
  "TF_CPP_MIN_LOG_LEVEL",
  "TF_FORCE_GPU_ALLOW_GROWTH",
  "TF_NUM_INTEROP_THREADS",
  "TF_NUM_INTRAOP_THREADS",
  "UV_THREADPOOL_SIZE",
] as const;

/** Those of them that are set. */
export function pickPlanningVariables(environment: Environment): Record<string, string> {
  const entries = planningVariables.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}
