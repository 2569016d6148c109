/**
 * TensorFlow itself, by @tensorflow/tfjs-node or -gpu. Both call their backend "tensorflow", and two
 * copies of TensorFlow in one process do not get on: only one of the packages is ever loaded.
 *
 * Which one may serve: for "tensorflow-gpu" the -gpu package, with a GPU. For "tensorflow" the plain
 * one, else the -gpu package with its GPUs hidden, since ranks have GPUs assigned only where they are
 * asked for. A -gpu package that finds no GPU stays loaded, and computes on the CPU.
 */
import type * as tfjs from "@tensorflow/tfjs";
import { type BackendName, backendPackages } from "@kolo/core";
import { type Attempt, firstLineOf } from "./attempt.js";
import { mendNodeUtil } from "./mend-node-util.js";
import { resolvePackage, type FoundPackage, load, otherCoreOf } from "./program-packages.js";
import { isRegistered, startRegistered } from "./start-registered.js";

/** The name that both packages register. */
const registered = "tensorflow";
const plain = backendPackages.tensorflow;
const gpu = backendPackages["tensorflow-gpu"];

/** What tfjs-node's backend tells of itself. */
interface TensorFlowBackend {
  readonly isGPUPackage?: boolean;
  readonly isUsingGpuDevice?: boolean;
  readonly binding?: { readonly TF_Version?: string };
}

export async function startTensorFlow(
  tf: typeof tfjs,
  name: Extract<BackendName, "tensorflow" | "tensorflow-gpu">,
  folders: readonly string[],
): Promise<Attempt> {
  if (!isRegistered(tf, registered)) {
    const failed = loadPackage(tf, name, folders);
    if (failed !== undefined) return failed;
  }
  // Here, because the program may have imported the package itself.
  mendNodeUtil();
  const started = await startRegistered(tf, registered);
  if (!started.works) return started;
  const backend = tf.backend() as TensorFlowBackend;
  const isGpuPackage = backend.isGPUPackage === true;
  if (name === "tensorflow-gpu" && backend.isUsingGpuDevice !== true) {
    const detail = isGpuPackage
      ? "installed, but it finds no GPU"
      : `the program has imported ${plain}, and only one of the two can be loaded`;
    return { works: false, detail };
  }
  const packageName = isGpuPackage ? gpu : plain;
  const packageVersion = resolvePackage(packageName, folders)?.version ?? "";
  const version = backend.binding?.TF_Version ?? "of unknown version";
  const device = backend.isUsingGpuDevice === true ? "GPU" : "CPU";
  const detail = `${`${packageName} ${packageVersion}`.trim()}, TensorFlow ${version}, ${device}`;
  return { works: true, detail };
}

function loadPackage(
  tf: typeof tfjs,
  name: "tensorflow" | "tensorflow-gpu",
  folders: readonly string[],
): Attempt | undefined {
  const hidden = hidesGpus(process.env["CUDA_VISIBLE_DEVICES"]);
  const found =
    (name === "tensorflow" ? resolvePackage(plain, folders) : undefined) ??
    resolvePackage(gpu, folders);
  if (found === undefined) return { works: false, detail: "not installed" };
  if (name === "tensorflow-gpu" && hidden) {
    return { works: false, detail: "installed, but CUDA_VISIBLE_DEVICES hides all GPUs" };
  }
  const otherCore = otherCoreOf(found, ["@tensorflow/tfjs"]);
  if (otherCore !== undefined) return otherCore;
  // Before the library loads, which reads it once.
  if (name === "tensorflow" && found.name === gpu) process.env["CUDA_VISIBLE_DEVICES"] = "-1";
  return loadAddon(tf, found);
}

function loadAddon(tf: typeof tfjs, { main }: FoundPackage): Attempt | undefined {
  try {
    load(main);
    return undefined;
  } catch (cause) {
    // It registers its kernels first; the other package would complain of every one.
    if (!isRegistered(tf, registered)) {
      for (const { kernelName } of tf.getKernelsForBackend(registered))
        tf.unregisterKernel(kernelName, registered);
    }
    const detail = `installed, but its addon does not load: ${firstLineOf(cause)}`;
    return { works: false, detail, cause };
  }
}

/** CUDA stops reading at the first entry that names no device, and what comes before it is visible. */
export function hidesGpus(visibleDevices: string | undefined): boolean {
  if (visibleDevices === undefined) return false;
  const [first = ""] = visibleDevices.split(",");
  return first.trim() === "" || first.trim().startsWith("-");
}
