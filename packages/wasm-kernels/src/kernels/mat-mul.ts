/**
 * Products of matrices, transposed or not, in batches or not: tfjs hands every product with a
 * transpose (each gradient of a dense layer) or a batch to a loop over scalars.
 */
import {
  BatchMatMul,
  type BatchMatMulAttrs,
  _FusedMatMul,
  type _FusedMatMulAttrs,
  type _FusedMatMulInputs,
  broadcast_util,
  type TensorInfo,
} from "@tensorflow/tfjs-core";
import { activationFlags } from "../assembly.js";
import type { Heap } from "../heap.js";
import { kernel } from "../kernel.js";
import { addAndActivate, isPerColumn } from "./add-and-activate.js";
import { fusedFlags } from "./fused-flags.js";

export const batchMatMul = kernel<{ a: TensorInfo; b: TensorInfo }, BatchMatMulAttrs>(
  BatchMatMul,
  ({ inputs: { a, b }, attrs, heap, original }) =>
    product(heap, a, b, attrs, undefined, activationFlags.linear) ?? original(),
);

export const fusedMatMul = kernel<_FusedMatMulInputs, _FusedMatMulAttrs>(
  _FusedMatMul,
  ({ inputs, attrs, heap, original }) => {
    const { a, b, bias } = inputs;
    const flags = fusedFlags(attrs.activation);
    const columns = b.shape.at(attrs.transposeB ? -2 : -1);
    if (flags !== undefined && isPerColumn(bias, columns)) {
      return product(heap, a, b, attrs, bias, flags) ?? original();
    }
    const plain = product(heap, a, b, attrs, undefined, activationFlags.linear);
    return plain ? addAndActivate(heap, plain, { ...inputs, ...attrs }) : original();
  },
);

/** A view of the last two dimensions of a tensor, as rows and columns of the product's operand. */
interface Matrices {
  readonly rows: number;
  readonly columns: number;
  readonly rowStep: number;
  readonly columnStep: number;
  readonly batchShape: number[];
}

function matrices(tensor: TensorInfo, transpose: boolean): Matrices {
  const [height = 1, width = 1] = tensor.shape.slice(-2);
  const batchShape = tensor.shape.slice(0, -2);
  return transpose
    ? { rows: width, columns: height, rowStep: 4, columnStep: 4 * width, batchShape }
    : { rows: height, columns: width, rowStep: 4 * width, columnStep: 4, batchShape };
}

/** For each product of the batch, which matrix of an operand's batch it takes, with broadcasting. */
function matrixIndices(own: readonly number[], batch: readonly number[]): number[] {
  let indices = [0];
  for (const [axis, size] of batch.entries()) {
    const ownSize = own[axis - batch.length + own.length] ?? 1;
    const steps = Array.from({ length: size }, (_, i) => (ownSize === 1 ? 0 : i));
    indices = indices.flatMap((index) => steps.map((step) => index * ownSize + step));
  }
  return indices;
}

/** Undefined where tfjs' own kernel knows what to do or say: other types, shapes that do not fit. */
function product(
  heap: Heap,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA, transposeB }: BatchMatMulAttrs,
  bias: TensorInfo | undefined,
  flags: number,
): TensorInfo | undefined {
  const integers = a.dtype === "int32" && b.dtype === "int32" && bias === undefined;
  if (!integers && (a.dtype !== "float32" || b.dtype !== "float32")) return undefined;
  const left = matrices(a, transposeA);
  const right = matrices(b, transposeB);
  if (left.columns !== right.rows) return undefined;
  const { rows: m, columns: k } = left;
  const n = right.columns;
  const batchShape = broadcast_util.assertAndGetBroadcastShape(left.batchShape, right.batchShape);
  const leftIndices = matrixIndices(left.batchShape, batchShape);
  const rightIndices = matrixIndices(right.batchShape, batchShape);

  const { assembly } = heap;
  const out = heap.output([...batchShape, m, n], a.dtype);
  const pairs = leftIndices.map((leftIndex, i) => ({
    aOffset: leftIndex * 4 * m * k,
    bOffset: (rightIndices[i] ?? 0) * 4 * k * n,
    outOffset: i * 4 * m * n,
  }));
  if (integers) {
    for (const { aOffset, bOffset, outOffset } of pairs) {
      assembly.multiplyIntegers(
        heap.addressOf(a) + aOffset,
        left.rowStep,
        left.columnStep,
        heap.addressOf(b) + bOffset,
        right.rowStep,
        right.columnStep,
        heap.addressOf(out) + outOffset,
        m,
        k,
        n,
      );
    }
    return out;
  }
  const panelBytes = 32 * k;
  heap.withScratch(assembly.packedBytes(k, n), (packed) => {
    for (const [i, { aOffset, bOffset, outOffset }] of pairs.entries()) {
      if (i === 0 || bOffset !== pairs[i - 1]?.bOffset) {
        const bAddress = heap.addressOf(b) + bOffset;
        assembly.pack(bAddress, right.rowStep, right.columnStep, k, n, packed, panelBytes);
      }
      assembly.multiply(
        heap.addressOf(a) + aOffset,
        left.rowStep,
        left.columnStep,
        packed,
        heap.addressOf(out) + outOffset,
        m,
        k,
        n,
        bias ? heap.addressOf(bias) : 0,
        flags,
      );
    }
  });
  return out;
}
