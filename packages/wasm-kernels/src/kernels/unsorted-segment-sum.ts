import {
  broadcast_util,
  type TensorInfo,
  UnsortedSegmentSum,
  type UnsortedSegmentSumAttrs,
  util,
} from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";

/**
 * Sums of rows by segment, which tfjs' wasm backend lacks: the gradient of embeddings and of gather.
 * tfjs' cpu backend reads all of x once for each segment; here each row is read once.
 */
export const unsortedSegmentSum = kernel<
  { x: TensorInfo; segmentIds: TensorInfo },
  UnsortedSegmentSumAttrs
>(UnsortedSegmentSum, ({ inputs: { x, segmentIds }, attrs: { numSegments }, heap }) => {
  util.assert(
    x.dtype === "float32" || x.dtype === "int32",
    () => `Error in unsortedSegmentSum: x must be float32 or int32. Got ${x.dtype}.`,
  );
  const idRank = segmentIds.shape.length;
  const rowOfOnes = x.shape.slice(idRank).map(() => 1);
  broadcast_util.assertAndGetBroadcastShape([...segmentIds.shape, ...rowOfOnes], x.shape);
  util.assert(
    util.arraysEqual(segmentIds.shape, x.shape.slice(0, idRank)),
    () =>
      `Error in unsortedSegmentSum: the shape of segmentIds, [${segmentIds.shape.join()}], ` +
      `must be a prefix of the shape of x, [${x.shape.join()}].`,
  );
  const rowShape = x.shape.slice(idRank);
  const out = heap.zeros([numSegments, ...rowShape], x.dtype);
  const operands = [
    heap.addressOf(x),
    heap.addressOf(segmentIds),
    util.sizeFromShape(segmentIds.shape),
    util.sizeFromShape(rowShape),
    heap.addressOf(out),
    numSegments,
  ] as const;
  if (x.dtype === "int32") heap.assembly.addIntegerSegments(...operands);
  else heap.assembly.addSegments(...operands);
  return out;
});
