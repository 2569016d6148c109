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
  util,
} from "@tensorflow/tfjs-core";
import { activationFlags } from "../assembly.js";
import type { Heap } from "../heap.js";
import { kernel } from "../kernel.js";
import { fusedFlags } from "./fused-flags.js";

export const batchMatMul = kernel<{ a: TensorInfo; b: TensorInfo }, BatchMatMulAttrs>(
  BatchMatMul,
  ({ inputs, attrs, heap, original }) =>
    product(heap, inputs.a, inputs.b, attrs, undefined, activationFlags.linear) ?? original(),
);

export const fusedMatMul = kernel<_FusedMatMulInputs, _FusedMatMulAttrs>(
  _FusedMatMul,
  ({ inputs, attrs, heap, original }) => {
    const flags = fusedFlags(attrs.activation);
    const columns = inputs.b.shape.at(attrs.transposeB ? -2 : -1);
    if (flags === undefined || (inputs.bias && util.sizeFromShape(inputs.bias.shape) !== columns)) {
      return original();
    }
    return product(heap, inputs.a, inputs.b, attrs, inputs.bias, flags) ?? original();
  },
);

/** A view of the last two dimensions of a tensor, as rows and columns of the product's operand. */
interface Matrices {
  readonly rows: number;
  readonly columns: number;
  readonly rowStep: number;
  readonly columnStep: number;
  readonly batchShape: number[];
  readonly batch: number;
}

function matrices(tensor: TensorInfo, transpose: boolean): Matrices {
  const [height = 1, width = 1] = tensor.shape.slice(-2);
  const batchShape = tensor.shape.slice(0, -2);
  const batch = util.sizeFromShape(batchShape);
  return transpose
    ? { rows: width, columns: height, rowStep: 4, columnStep: 4 * width, batchShape, batch }
    : { rows: height, columns: width, rowStep: 4 * width, columnStep: 4, batchShape, batch };
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
  if (a.dtype !== "float32" || b.dtype !== "float32") return undefined;
  const left = matrices(a, transposeA);
  const right = matrices(b, transposeB);
  if (left.columns !== right.rows) return undefined;
  const { rows: m, columns: k } = left;
  const n = right.columns;
  const batchShape = broadcast_util.assertAndGetBroadcastShape(left.batchShape, right.batchShape);
  const batch = util.sizeFromShape(batchShape);
  // Broadcasting beyond "one matrix against many" is rare, and tfjs' own kernel does not do it.
  if (![1, batch].includes(left.batch) || ![1, batch].includes(right.batch)) return undefined;

  const { assembly } = heap;
  const out = heap.output([...batchShape, m, n]);
  const panelBytes = 32 * k;
  heap.withScratch(assembly.packedBytes(k, n), (packed) => {
    for (let i = 0; i < batch; i++) {
      const bAddress = heap.addressOf(b) + (right.batch === 1 ? 0 : i * 4 * k * n);
      if (i === 0 || right.batch > 1) {
        assembly.pack(bAddress, right.rowStep, right.columnStep, k, n, packed, panelBytes);
      }
      assembly.multiply(
        heap.addressOf(a) + (left.batch === 1 ? 0 : i * 4 * m * k),
        left.rowStep,
        left.columnStep,
        packed,
        heap.addressOf(out) + i * 4 * m * n,
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
