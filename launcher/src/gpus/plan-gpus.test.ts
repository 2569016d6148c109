import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type ListedGpu, parseGpuList } from "./list-gpus.js";
import { gpuEnvironment, type GpuQuestion, needsGpuList, planGpus } from "./plan-gpus.js";

const gpu = (index: string, ...parts: string[]): ListedGpu => ({
  ...{ index, model: "NVIDIA H200", uuid: `GPU-${index}f2a`, parts },
});
const gpusOf = (...indices: string[]): ListedGpu[] => indices.map((index) => gpu(index));

const question: GpuQuestion = {
  gpus: "auto",
  gpusShare: false,
  backend: "tensorflow-gpu",
  localSize: 2,
  gpuPackage: true,
  visible: undefined,
  listed: gpusOf("0", "1", "2", "3"),
  unlisted: "",
};

/** CUDA_VISIBLE_DEVICES of each rank. */
function given(changes: Partial<GpuQuestion>): (string | undefined)[] {
  const asked = { ...question, ...changes };
  const plan = planGpus(asked);
  return Array.from(
    { length: asked.localSize },
    (_, rank) => gpuEnvironment(plan, rank, {})["CUDA_VISIBLE_DEVICES"],
  );
}

const untouched = [undefined, undefined];

describe("--gpus auto", () => {
  it("gives each rank a GPU of its own, or refuses with the arithmetic", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 9 }),
        (ranks, gpus) => {
          const names = Array.from({ length: gpus }, (_, index) => String(index));
          const listed = gpusOf(...names);
          if (gpus >= ranks) {
            expect(given({ localSize: ranks, listed })).toEqual(names.slice(0, ranks));
            return;
          }
          expect(() => given({ localSize: ranks, listed })).toThrow(
            `[gpu_unavailable] expected a GPU for each of ${ranks} ranks, got ${gpus} ` +
              `(nvidia-smi: ${names.join(",")}), ${ranks - gpus} too few; start ${gpus} (-np ${gpus})`,
          );
          // In turn, so that no GPU has two ranks more than another.
          expect(given({ localSize: ranks, listed, gpusShare: true })).toEqual(
            Array.from({ length: ranks }, (_, rank) => String(rank % gpus)),
          );
        },
      ),
    );
  });

  it("deals out what CUDA_VISIBLE_DEVICES already says, in its order", () => {
    expect(given({ visible: "3, GPU-1f" })).toEqual(["3", "GPU-1f"]);
    expect(() => given({ visible: "3" })).toThrow("got 1 (CUDA_VISIBLE_DEVICES: 3), 1 too few");
    // CUDA stops at an entry that is no device.
    expect(() => given({ visible: "3,-1,2" })).toThrow("CUDA_VISIBLE_DEVICES: 3)");
    for (const visible of ["", "-1"]) expect(given({ visible })).toEqual(untouched);
    // CUDA sees nothing where one is named twice, and two ranks would have shared it.
    expect(() => given({ visible: "0,0" })).toThrow("got 1 (CUDA_VISIBLE_DEVICES: 0), 1 too few");
    // A container need not have nvidia-smi.
    expect(given({ visible: "3,5", listed: undefined })).toEqual(["3", "5"]);
    expect(needsGpuList({ gpus: "auto", backend: "auto", visible: "3,5" })).toBe(false);
  });

  it("deals out the parts of a GPU that is cut into some", () => {
    const listed = [gpu("0", "MIG-7", "MIG-8"), gpu("1")];
    expect(given({ listed, localSize: 3 })).toEqual(["MIG-7", "MIG-8", "1"]);
    expect(() => given({ listed, localSize: 4 })).toThrow("got 3 (nvidia-smi: MIG-7,MIG-8,1)");
  });

  it("warns where several ranks want GPUs that nobody can list", () => {
    const plan = (changes: Partial<GpuQuestion>) =>
      planGpus({ ...question, listed: undefined, unlisted: "driver not loaded", ...changes });
    const warned = { kind: "leave", warning: expect.stringContaining("driver not loaded. Where") };
    expect(plan({})).toEqual(warned);
    expect(plan({ backend: "auto" })).toEqual(warned);
    expect(plan({ backend: "auto", gpuPackage: false })).toEqual({ kind: "leave" });
    expect(plan({ localSize: 1 })).toEqual({ kind: "leave" });
    expect(plan({ backend: "wasm" })).toEqual({ kind: "leave" });
  });

  it("does nothing where there is no GPU, or none is computed on", () => {
    expect(given({ listed: undefined })).toEqual(untouched);
    for (const backend of ["tensorflow", "wasm", "cpu"] as const) {
      expect(given({ backend })).toEqual(untouched);
      expect(needsGpuList({ gpus: "auto", backend, visible: undefined })).toBe(false);
    }
  });

  it("gives GPUs to the backend auto too, but misses none that nobody could use", () => {
    const auto = { backend: "auto", gpuPackage: false } as const;
    expect(given(auto)).toEqual(["0", "1"]);
    expect(given({ ...auto, listed: gpusOf("0") })).toEqual(untouched);
    expect(given({ ...auto, listed: gpusOf("0"), gpusShare: true })).toEqual(["0", "0"]);
    expect(() => given({ backend: "auto", listed: gpusOf("0") })).toThrow("gpu_unavailable");
  });
});

describe("--gpus with a list", () => {
  it("is taken in its order, for any backend, also without nvidia-smi", () => {
    expect(given({ gpus: ["3", "0"], backend: "wasm" })).toEqual(["3", "0"]);
    expect(given({ gpus: ["7", "MIG-5/1"], listed: undefined })).toEqual(["7", "MIG-5/1"]);
    expect(given({ gpus: ["2", "1"], visible: "0" })).toEqual(["2", "1"]);
  });

  it("is refused where it is too short or names what is not there", () => {
    expect(() => given({ gpus: ["3"] })).toThrow("got 1 (--gpus: 3), 1 too few");
    expect(() => given({ gpus: ["0", "4"] })).toThrow("that nvidia-smi lists (0,1,2,3), got 4");
    expect(() => given({ gpus: ["GPU-0f2a", "GPU-9"] })).toThrow("(0,1,2,3), got GPU-9");
    expect(given({ gpus: ["GPU-3", "GPU-0f2a"] })).toEqual(["GPU-3", "GPU-0f2a"]);
    const listed = [gpu("0", "MIG-7", "MIG-8")];
    expect(given({ gpus: ["MIG-8", "0"], listed })).toEqual(["MIG-8", "0"]);
    expect(() => given({ gpus: ["MIG-8", "MIG-9"], listed })).toThrow("(0,MIG-7,MIG-8), got MIG-9");
  });
});

describe("what a rank is told", () => {
  it("hides all GPUs with --gpus none", () => {
    expect(gpuEnvironment(planGpus({ ...question, gpus: "none" }), 0, {})).toEqual({
      CUDA_VISIBLE_DEVICES: "-1",
    });
  });

  it("names a GPU as nvidia-smi counts, and lets memory grow", () => {
    const environment = { CUDA_DEVICE_ORDER: "PCI_BUS_ID", TF_FORCE_GPU_ALLOW_GROWTH: "true" };
    const plan = planGpus(question);
    expect(gpuEnvironment(plan, 1, {})).toEqual({ ...environment, CUDA_VISIBLE_DEVICES: "1" });
    // Entries of one's own are counted in one's own order.
    expect(gpuEnvironment(planGpus({ ...question, visible: "1,0" }), 0, {})).toEqual({
      CUDA_VISIBLE_DEVICES: "1",
      TF_FORCE_GPU_ALLOW_GROWTH: "true",
    });
    expect(gpuEnvironment(plan, 1, { TF_FORCE_GPU_ALLOW_GROWTH: "false" })).not.toHaveProperty(
      "TF_FORCE_GPU_ALLOW_GROWTH",
    );
  });
});

describe("what nvidia-smi lists", () => {
  it("is read by index, model and UUID, with the parts of a GPU", () => {
    const text =
      "GPU 0: NVIDIA A100-SXM4-80GB (UUID: GPU-5d1f)\n" +
      "  MIG 1g.10gb     Device  0: (UUID: MIG-77aa)\n" +
      "  MIG 1g.10gb     Device  1: (UUID: MIG-77ab)\nGPU 11: Tesla T4\nNo more.";
    expect(parseGpuList(text)).toEqual([
      {
        index: "0",
        model: "NVIDIA A100-SXM4-80GB",
        uuid: "GPU-5d1f",
        parts: ["MIG-77aa", "MIG-77ab"],
      },
      { index: "11", model: "Tesla T4", uuid: "", parts: [] },
    ]);
    expect(parseGpuList("No devices were found")).toEqual([]);
  });
});
