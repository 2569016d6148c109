import { type TensorInfo, Transpose } from "@tensorflow/tfjs-core";
import type { KernelCall, TrainingKernel } from "./kernel.js";
import { runKernel } from "./run-kernel.js";

/** What a kernel that knows NHWC alone has to have turned for NCHW. */
interface Images {
  /** Names of the inputs that are images. */
  readonly inputs: readonly string[];
  /** Whether the result is one. */
  readonly isOutput: boolean;
}

type Call = KernelCall<Readonly<Record<string, TensorInfo | undefined>>, Record<string, unknown>>;

/**
 * The kernel for both data formats: images in NCHW are transposed on the way in and out. It costs
 * some time, as it does in tfjs' layers; tfjs' own wasm kernels refuse such images.
 */
export function acceptChannelsFirst(kernel: TrainingKernel, images: Images): TrainingKernel {
  const run = kernel.run as unknown as (call: Call) => TensorInfo;
  const runAny = (call: Call) => {
    const { heap, attrs } = call;
    if (attrs["dataFormat"] !== "NCHW") return run(call);
    const transpose = (x: TensorInfo, perm: number[]) =>
      runKernel(heap, Transpose, { x }, { perm });
    const temporary: TensorInfo[] = [];
    const inputs: Record<string, TensorInfo> = {};
    for (const [name, tensor] of Object.entries(call.inputs)) {
      if (tensor === undefined) continue;
      const isImage = images.inputs.includes(name);
      inputs[name] = isImage ? transpose(tensor, [0, 2, 3, 1]) : tensor;
      if (isImage) temporary.push(inputs[name]);
    }
    try {
      const attrsOfThose = channelsLast(attrs);
      const original: Call["original"] = (changed) =>
        call.original({
          inputs: { ...inputs, ...changed?.inputs },
          attrs: { ...attrsOfThose, ...changed?.attrs },
        });
      const out = run({ inputs, attrs: attrsOfThose, heap, original });
      if (!images.isOutput) return out;
      temporary.push(out);
      return transpose(out, [0, 3, 1, 2]);
    } finally {
      for (const tensor of temporary) heap.backend.disposeData(tensor.dataId);
    }
  };
  return { name: kernel.name, run: runAny };
}

/** Explicit padding and the shape of the input name every dimension; strides only height and width. */
function channelsLast(attrs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const turned: Record<string, unknown> = { ...attrs, dataFormat: "NHWC" };
  for (const name of ["pad", "inputShape"]) {
    const dimensions = attrs[name];
    if (Array.isArray(dimensions)) turned[name] = [0, 2, 3, 1].map((i): unknown => dimensions[i]);
  }
  return turned;
}
