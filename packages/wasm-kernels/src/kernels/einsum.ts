/**
 * Einstein summation, which tfjs' wasm backend lacks, as one product of matrices: the dimensions of
 * both operands fall into those that are kept in step (batch), kept from one of them (rows, columns)
 * and summed over (inner); the operands are transposed into that order and multiplied.
 *
 * tfjs' cpu backend writes out all elementwise products first and sums over one dimension after the
 * other, which costs a memory of batch × rows × columns × inner, and is wrong where a dimension is
 * summed that only one of two operands has.
 */
import {
  backend_util,
  BatchMatMul,
  Cast,
  Einsum,
  type EinsumAttrs,
  Reshape,
  Sum,
  type TensorInfo,
  Transpose,
  util,
} from "@tensorflow/tfjs-core";
import { kernel } from "../kernel.js";
import { runKernel } from "../run-kernel.js";

/** A tensor whose dimensions have numbers, the same ones in all operands of an equation. */
interface Operand {
  readonly tensor: TensorInfo;
  readonly dims: readonly number[];
}

export const einsum = kernel<Readonly<Record<string, TensorInfo>>, EinsumAttrs>(
  Einsum,
  ({ inputs, attrs: { equation }, heap }) => {
    const tensors = Object.values(inputs);
    const { allDims, summedDims, idDims } = backend_util.decodeEinsumEquation(
      equation,
      tensors.length,
    );
    for (const [i, { shape }] of tensors.entries()) {
      const { length } = idDims[i] ?? [];
      util.assert(
        shape.length === length,
        () =>
          `Expected ${length} dimensions of operand ${i} in "${equation}", got ${shape.length}.`,
      );
    }
    backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors as never);
    // Numbered in the order of the output; what is summed comes after.
    const kept = allDims.map((_, dim) => dim).slice(0, allDims.length - summedDims.length);
    const temporary: TensorInfo[] = [];
    const run: Run = (name, input, attrs) => {
      const result = runKernel(heap, name, input, attrs);
      temporary.push(result);
      return result;
    };
    try {
      const integers = tensors.every((tensor) => tensor.dtype === "int32");
      const computed = integers ? "int32" : "float32";
      const operands = tensors.map((tensor, i) => ({
        tensor: tensor.dtype === computed ? tensor : run(Cast, { x: tensor }, { dtype: computed }),
        dims: idDims[i] ?? [],
      }));
      const [left, right] = operands;
      if (left === undefined) throw new Error("Expected one or two operands, got none.");
      const product = right === undefined ? left : multiply(run, left, right, kept);
      const { dataId, shape, dtype } = arrange(run, product, kept);
      // One more reference, for the caller: it outlives that of the temporary.
      heap.backend.incRef(dataId);
      return { dataId, shape, dtype };
    } finally {
      for (const tensor of temporary) heap.backend.disposeData(tensor.dataId);
    }
  },
);

type Run = (
  name: string,
  inputs: Readonly<Record<string, TensorInfo>>,
  attrs: Parameters<typeof runKernel>[3],
) => TensorInfo;

/** Sums over all dimensions but those of `order`, and transposes to that order. */
function arrange(run: Run, { tensor, dims }: Operand, order: readonly number[]): TensorInfo {
  const summed = dims.filter((dim) => !order.includes(dim));
  const axis = summed.map((dim) => dims.indexOf(dim));
  const rest = dims.filter((dim) => order.includes(dim));
  const perm = order.map((dim) => rest.indexOf(dim));
  const x = axis.length === 0 ? tensor : run(Sum, { x: tensor }, { axis, keepDims: false });
  return perm.every((from, to) => from === to) ? x : run(Transpose, { x }, { perm });
}

function multiply(run: Run, left: Operand, right: Operand, kept: readonly number[]): Operand {
  const both = left.dims.filter((dim) => right.dims.includes(dim));
  const batch = both.filter((dim) => kept.includes(dim));
  const inner = both.filter((dim) => !kept.includes(dim));
  const rows = left.dims.filter((dim) => kept.includes(dim) && !both.includes(dim));
  const columns = right.dims.filter((dim) => kept.includes(dim) && !both.includes(dim));
  const sizeOf = (dim: number) =>
    left.tensor.shape[left.dims.indexOf(dim)] ?? right.tensor.shape[right.dims.indexOf(dim)] ?? 1;
  const count = (dims: readonly number[]) => util.sizeFromShape(dims.map(sizeOf));

  const matrices = (operand: Operand, ...groups: (readonly number[])[]) =>
    run(Reshape, { x: arrange(run, operand, groups.flat()) }, { shape: groups.map(count) });
  const product = run(
    BatchMatMul,
    { a: matrices(left, batch, rows, inner), b: matrices(right, batch, inner, columns) },
    { transposeA: false, transposeB: false },
  );
  const dims = [...batch, ...rows, ...columns];
  return { tensor: run(Reshape, { x: product }, { shape: dims.map(sizeOf) }), dims };
}
