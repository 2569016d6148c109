/**
 * Which GPU each rank of this machine gets, before it starts: of several visible ones TensorFlow's
 * addon would take the last, on every rank. Pure.
 *
 *   --gpus none    none of them sees a GPU
 *   --gpus 0,3     the first rank gets 0, the second 3
 *   --gpus auto    the same with the entries of CUDA_VISIBLE_DEVICES where that is set, else with what
 *                  nvidia-smi lists; nothing is done where there is neither, or for a backend that
 *                  computes on no GPU
 *
 * Fewer GPUs than ranks are an error, as they are to Horovod and torchrun at the first rank without
 * one; --gpus-share deals them out in turn instead. Only where nobody may want a GPU, with the backend
 * auto and no tfjs-node-gpu, too few are as good as none.
 */
import { type Environment, KoloError } from "@kolo/core";
import { type LaunchOptions } from "../cli/launch-options.js";

export type GpuPlan =
  | { readonly kind: "leave" }
  | { readonly kind: "hide" }
  | {
      readonly kind: "give";
      /** By local rank. */
      readonly devices: readonly string[];
      /** Whether they are numbered as by nvidia-smi, which counts in the order of the bus. */
      readonly busOrder: boolean;
    };

export interface GpuQuestion extends Pick<LaunchOptions, "gpus" | "gpusShare" | "backend"> {
  /** How many ranks this machine runs. */
  readonly localSize: number;
  /** Whether the program has @tensorflow/tfjs-node-gpu. */
  readonly gpuPackage: boolean;
  /** CUDA_VISIBLE_DEVICES as the ranks would have it. */
  readonly visible: string | undefined;
  /** Indices of what nvidia-smi lists; undefined where it lists nothing. */
  readonly listed: readonly string[] | undefined;
}

/** Throws `gpu_unavailable`. */
export function planGpus(question: GpuQuestion): GpuPlan {
  const { gpus, gpusShare, backend, localSize, gpuPackage, visible, listed } = question;
  if (gpus === "none") return { kind: "hide" };
  if (gpus !== "auto") {
    expectListed(gpus, listed);
    return deal(gpus, "--gpus", true);
  }
  if (!mayComputeOnGpu(backend) || listed === undefined) return { kind: "leave" };
  const found = visible === undefined ? listed : visibleEntries(visible);
  if (found.length === 0) return { kind: "leave" };
  const wanted = backend === "tensorflow-gpu" || gpuPackage || gpusShare;
  if (found.length < localSize && !wanted) return { kind: "leave" };
  return visible === undefined
    ? deal(found, "nvidia-smi", true)
    : deal(found, "CUDA_VISIBLE_DEVICES", false);

  function deal(devices: readonly string[], source: string, busOrder: boolean): GpuPlan {
    const missing = localSize - devices.length;
    if (missing > 0 && !gpusShare) {
      throw new KoloError(
        "gpu_unavailable",
        `expected a GPU for each of ${localSize} ranks, got ${devices.length} ` +
          `(${source}: ${devices.join(",")}), ${missing} too few; start ${devices.length} ` +
          `(-np ${devices.length}), let ranks share them (--gpus-share), or use none (--gpus none)`,
      );
    }
    const ofRank = (rank: number): string => devices[rank % devices.length] ?? "";
    return {
      kind: "give",
      devices: Array.from({ length: localSize }, (_, rank) => ofRank(rank)),
      busOrder,
    };
  }
}

/** Whether nvidia-smi is needed for a plan. */
export function needsGpuList({ gpus, backend }: Pick<GpuQuestion, "gpus" | "backend">): boolean {
  return gpus === "auto" ? mayComputeOnGpu(backend) : gpus !== "none";
}

/**
 * What a rank is told. No number that CUDA knows hides all GPUs, as an empty value does, which not
 * every system can hold. TensorFlow takes a GPU's whole memory unless told to let it grow.
 */
export function gpuEnvironment(
  plan: GpuPlan,
  localRank: number,
  user: Environment,
): Record<string, string> {
  if (plan.kind === "hide") return { CUDA_VISIBLE_DEVICES: "-1" };
  return {
    ...(plan.kind === "give" && { CUDA_VISIBLE_DEVICES: plan.devices[localRank] ?? "-1" }),
    // CUDA itself counts the fastest first.
    ...(plan.kind === "give" && plan.busOrder && { CUDA_DEVICE_ORDER: "PCI_BUS_ID" }),
    ...(user["TF_FORCE_GPU_ALLOW_GROWTH"] === undefined && { TF_FORCE_GPU_ALLOW_GROWTH: "true" }),
  };
}

function mayComputeOnGpu(backend: GpuQuestion["backend"]): boolean {
  return backend === "auto" || backend === "tensorflow-gpu";
}

/** CUDA ignores what follows the first entry that is no device. */
function visibleEntries(visible: string): readonly string[] {
  const entries = visible.split(",").map((entry) => entry.trim());
  const end = entries.findIndex((entry) => entry === "" || entry.startsWith("-"));
  return end < 0 ? entries : entries.slice(0, end);
}

function expectListed(wanted: readonly string[], listed: readonly string[] | undefined): void {
  const unknown = wanted.find((one) => /^\d+$/.test(one) && listed?.includes(one) === false);
  if (unknown === undefined) return;
  throw new KoloError(
    "gpu_unavailable",
    `expected --gpus to name GPUs that nvidia-smi lists (${listed?.join(",") ?? ""}), got ${unknown}`,
  );
}
