import { type ProbeResult, runProbe } from "../check/run-probe.js";

/** A GPU as nvidia-smi names it. */
export interface ListedGpu {
  readonly index: string;
  /** Such as "NVIDIA H200". */
  readonly model: string;
}

/** nvidia-smi wakes up each GPU in turn where the driver does not stay loaded. */
const timeoutMs = 30_000;

/** What `nvidia-smi -L` lists, or why it does not. Never throws. */
export async function listGpus(): Promise<
  { readonly ok: true; readonly gpus: readonly ListedGpu[] } | Extract<ProbeResult, { ok: false }>
> {
  const probe = await runProbe("nvidia-smi", ["-L"], { timeoutMs });
  return probe.ok ? { ok: true, gpus: parseGpuList(probe.output) } : probe;
}

/** "GPU 0: NVIDIA H200 (UUID: GPU-5d1f...)", one a line. */
export function parseGpuList(text: string): readonly ListedGpu[] {
  return [...text.matchAll(/^GPU (\d+):(.*)$/gm)].map(([, index = "", rest = ""]) => ({
    index,
    model: rest.replace(/\(UUID:.*$/, "").trim(),
  }));
}
