import { Expected, type Reader, shown } from "../cli/readers.js";

/** What --gpus says: tsrun finds them, there are none, or these, as nvidia-smi or CUDA name them. */
export type GpuChoice = "auto" | "none" | readonly string[];

/** `auto`, `none`, `0,1,3`; in a config file also a number or a list. */
export const readGpuChoice: Reader<GpuChoice> = (value) => {
  if (value === "auto" || value === "none") return value;
  const list = Array.isArray(value) ? value : String(value).split(",");
  const names = list.map((one: unknown) => String(one).trim());
  if (names.length === 0 || !names.every(isDevice)) {
    throw new Expected(`auto, none or a list of GPUs such as 0,1,3, got ${shown(value)}`);
  }
  if (new Set(names).size < names.length) {
    throw new Expected(`each GPU once (--gpus-share lets ranks share), got ${shown(value)}`);
  }
  return names;
};

/** An index, or the UUID of a GPU or of a part of one. */
function isDevice(name: string): boolean {
  return /^(\d{1,4}|(GPU|MIG)-[\w/-]+)$/.test(name);
}
