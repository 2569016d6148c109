/**
 * Which GPU each rank of this machine gets, before it starts: of several visible ones TensorFlow's
 * addon would take the last, on every rank. Pure.
 *
 *   --gpus none    none of them sees a GPU
 *   --gpus 0,3     the first rank gets 0, the second 3
 *   --gpus auto    the same with the entries of CUDA_VISIBLE_DEVICES where that is set, as Slurm and
 *                  containers do, else with what nvidia-smi lists, the parts of a GPU that is cut into
 *                  some; nothing is done where there is neither, or for a backend that computes on no
 *                  GPU
 *
 * Fewer GPUs than ranks are an error, as they are to Horovod and torchrun at the first rank without
 * one; --gpus-share deals them out in turn instead. Only where nobody may want a GPU, with the backend
 * auto and no tfjs-node-gpu, too few are as good as none.
 */
import { type Environment, KoloError } from "@kolo/core";
import { type LaunchOptions } from "../cli/launch-options.js";
import { type ListedGpu } from "./list-gpus.js";

export type GpuPlan =
  | { readonly kind: "leave"; readonly warning?: string }
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
  /** What nvidia-smi lists; undefined where it lists nothing. */
  readonly listed: readonly ListedGpu[] | undefined;
  /** Why it lists nothing. */
  readonly unlisted: string;
}

/** Throws `gpu_unavailable`. */
export function planGpus(question: GpuQuestion): GpuPlan {
  const { gpus, gpusShare, backend, localSize, gpuPackage, visible, listed, unlisted } = question;
  if (gpus === "none") return { kind: "hide" };
  if (gpus !== "auto") {
    expectListed(gpus, listed);
    return deal(gpus, "--gpus", true);
  }
  if (!mayComputeOnGpu(backend)) return { kind: "leave" };
  const wanted = backend === "tensorflow-gpu" || gpuPackage || gpusShare;
  if (visible === undefined && listed === undefined) {
    return { kind: "leave", ...(wanted && localSize > 1 && { warning: noneGiven(unlisted) }) };
  }
  const found = offeredGpus(question);
  if (found.length === 0) return { kind: "leave" };
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

/** The GPUs ranks may be given; none where none is there or wanted. */
export function offeredGpus({
  gpus,
  backend,
  visible,
  listed,
}: Pick<GpuQuestion, "gpus" | "backend" | "visible" | "listed">): readonly string[] {
  if (gpus !== "auto") return gpus === "none" ? [] : gpus;
  if (!mayComputeOnGpu(backend)) return [];
  return visible === undefined ? devicesOf(listed ?? []) : visibleEntries(visible);
}

/** Whether nvidia-smi is needed for a plan. */
export function needsGpuList({
  gpus,
  backend,
  visible,
}: Pick<GpuQuestion, "gpus" | "backend" | "visible">): boolean {
  return gpus === "auto" ? mayComputeOnGpu(backend) && visible === undefined : gpus !== "none";
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

/** Each once: CUDA refuses a list that names one twice. It ignores what follows what is no device. */
function visibleEntries(visible: string): readonly string[] {
  const entries = visible.split(",").map((entry) => entry.trim());
  const end = entries.findIndex((entry) => entry === "" || entry.startsWith("-"));
  return [...new Set(end < 0 ? entries : entries.slice(0, end))];
}

function devicesOf(listed: readonly ListedGpu[]): readonly string[] {
  return listed.flatMap(({ index, parts }) => (parts.length === 0 ? [index] : parts));
}

function noneGiven(why: string): string {
  return (
    `ranks are given no GPU of their own: ${why}. Where there are several, each rank would take the ` +
    "last one; name them with --gpus 0,1,... (or --gpus none)"
  );
}

/** Indices, and UUIDs, which may be shortened; an older driver's names of parts are CUDA's to check. */
function expectListed(wanted: readonly string[], listed: readonly ListedGpu[] | undefined): void {
  const isListed = (name: string): boolean =>
    name.includes("/") ||
    listed?.some(
      ({ index, uuid, parts }) =>
        index === name || [uuid, ...parts].some((known) => known.startsWith(name)),
    ) !== false;
  const unknown = wanted.find((name) => !isListed(name));
  if (unknown === undefined) return;
  const names = listed?.flatMap(({ index, parts }) => [index, ...parts]).join(",") ?? "";
  throw new KoloError(
    "gpu_unavailable",
    `expected --gpus to name GPUs that nvidia-smi lists (${names}), got ${unknown}`,
  );
}
