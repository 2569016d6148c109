import {
  backend_util,
  GatherV2,
  type GatherV2Attrs,
  type TensorInfo,
  util,
} from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";

/** With batch dimensions, where tfjs' own reads beyond the end of its input. */
export const gather = kernel<{ x: TensorInfo; indices: TensorInfo }, GatherV2Attrs>(
  GatherV2,
  ({ inputs: { x, indices }, attrs: { axis, batchDims }, heap, original }) => {
    if (batchDims === 0) return original();
    const [parsedAxis = 0] = util.parseAxisParam(axis, x.shape);
    const { batchSize, outerSize, dimSize, sliceSize, outputShape } =
      backend_util.segment_util.collectGatherOpShapeInfo(x, indices, parsedAxis, batchDims);
    for (const i of heap.integers(indices)) {
      util.assert(
        i >= 0 && i < dimSize,
        () => `GatherV2: the index value ${i} is not in [0, ${dimSize - 1}]`,
      );
    }
    const out = heap.output(outputShape, x.dtype);
    const sliceBytes = sliceSize * util.bytesPerElement(x.dtype);
    const perBatch = util.sizeFromShape(indices.shape) / Math.max(batchSize, 1);
    const bytes = heap.backend.wasm.HEAPU8;
    let target = heap.addressOf(out);
    for (let batch = 0; batch < batchSize; batch++) {
      const chosen = heap.integers(indices).subarray(batch * perBatch, (batch + 1) * perBatch);
      for (let outer = 0; outer < outerSize; outer++) {
        const from = heap.addressOf(x) + (batch * outerSize + outer) * dimSize * sliceBytes;
        for (const i of chosen) {
          const source = from + i * sliceBytes;
          bytes.copyWithin(target, source, source + sliceBytes);
          target += sliceBytes;
        }
      }
    }
    return out;
  },
);
