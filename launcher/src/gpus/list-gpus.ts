import { type ProbeResult, runProbe } from "../check/run-probe.js";

/** A GPU as nvidia-smi names it. */
export interface ListedGpu {
  readonly index: string;
  /** Such as "NVIDIA H200". */
  readonly model: string;
  readonly uuid: string;
  /** UUIDs of the parts it is cut into (MIG). A process sees one of them at most. */
  readonly parts: readonly string[];
}

/** nvidia-smi wakes up each GPU in turn where the driver does not stay loaded. */
const timeoutMs = 30_000;

/** What nvidia-smi lists, or why it does not. */
export type GpuList =
  { readonly ok: true; readonly gpus: readonly ListedGpu[] } | Extract<ProbeResult, { ok: false }>;

/** What `nvidia-smi -L` lists, or why it does not. Never throws. */
export async function listGpus(): Promise<GpuList> {
  const probe = await runProbe("nvidia-smi", ["-L"], { timeoutMs });
  return probe.ok ? { ok: true, gpus: parseGpuList(probe.output) } : probe;
}

/**
 * "GPU 0: NVIDIA H200 (UUID: GPU-5d1f...)", one a line; where it is cut into parts, followed by lines
 * such as "  MIG 1g.18gb     Device  0: (UUID: MIG-77aa...)".
 */
export function parseGpuList(text: string): readonly ListedGpu[] {
  const [, ...gpus] = text.split(/^GPU (?=\d+:)/m);
  return gpus.map((lines) => {
    const [first = "", ...rest] = lines.split("\n");
    const [, index = "", model = ""] = /^(\d+):(.*?)(?:\(UUID:.*)?$/.exec(first) ?? [];
    const parts = rest.flatMap((line) => /^\s+MIG .*\(UUID: (\S+)\)/.exec(line)?.[1] ?? []);
    return { index, model: model.trim(), uuid: /\(UUID: (\S+)\)/.exec(first)?.[1] ?? "", parts };
  });
}
