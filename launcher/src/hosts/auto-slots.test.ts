import { expect, it } from "@jest/globals";
import { autoSlots, type SlotsQuestion } from "./auto-slots.js";

const gpu = { index: "0", model: "NVIDIA H200", uuid: "GPU-0f2a", parts: [] };
const two = { ok: true as const, gpus: [gpu, { ...gpu, index: "1" }] };

it.each<[string, Partial<SlotsQuestion>, number]>([
  ["its cores where nvidia-smi was not asked", {}, 6],
  ["its cores where there is no nvidia-smi", { list: { ok: false, reason: "not in PATH" } }, 6],
  ["its GPUs", { list: two }, 2],
  ["the GPUs of its CUDA_VISIBLE_DEVICES", { user: { CUDA_VISIBLE_DEVICES: "0,1,3" } }, 3],
  ["its cores where ranks are to have no GPU", { options: { gpus: "none", backend: "auto" } }, 6],
  ["the GPUs that --gpus names", { options: { gpus: ["0", "2"], backend: "auto" } }, 2],
  ["its cores for a backend without GPUs", { options: { gpus: "auto", backend: "wasm" } }, 6],
  ["no more than a job may have", { cores: 5000 }, 1024],
])("slots=auto of a host is %s", (_what, changes, slots) => {
  const options = { gpus: "auto", backend: "auto" } as const;
  expect(autoSlots({ options, user: {}, list: undefined, cores: 6, ...changes })).toBe(slots);
});
