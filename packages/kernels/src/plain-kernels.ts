/** The kernels as loops over typed arrays: for every runtime and every buffer. */
import { type Kernels } from "./kernels.js";
import { plainProducts } from "./plain-products.js";
import { type Elements, reduceInto } from "./reduce-into.js";
import { scale } from "./scale.js";

export function plainKernels(buffer: ArrayBuffer | SharedArrayBuffer): Kernels {
  const float32 = new Float32Array(buffer);
  const elements: Record<"float32" | "int32", Elements> = {
    float32,
    int32: new Int32Array(buffer),
  };
  const bytesOf = new Uint8Array(buffer);
  return {
    name: "plain",
    reduce(op, dtype, target, a, b, count) {
      const array = elements[dtype];
      const [to, from] = b === target ? [b, a] : [a, b];
      if (to !== target) array.copyWithin(target / 4, to / 4, to / 4 + count);
      reduceInto(op, array, target / 4, array, from / 4, count);
    },
    copy(target, source, bytes) {
      bytesOf.copyWithin(target, source, source + bytes);
    },
    scale(dtype, target, count, by) {
      scale(elements[dtype], target / 4, count, by);
    },
    ...plainProducts(float32),
  };
}
