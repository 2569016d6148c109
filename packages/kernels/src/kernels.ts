/**
 * What reduces and scales in the arena, in place. Addresses are byte offsets into it, multiples of
 * four; counts are in elements. The SIMD kernels and their plain twins give the same bits (other
 * than the payload of a NaN).
 */
import { type KernelOp } from "./reduce-into.js";
import { type ScaleBy } from "./scale.js";

export type KernelDType = "float32" | "int32";

export interface Kernels {
  /** "simd", or "plain" where the runtime has no SIMD or the memory is no WebAssembly memory. */
  readonly name: "simd" | "plain";
  /** target[i] = a[i] op b[i]; the target may be one of the operands, and overlaps none in part. */
  reduce(
    op: KernelOp,
    dtype: KernelDType,
    target: number,
    a: number,
    b: number,
    count: number,
  ): void;
  /** Moves bytes; the ranges may overlap. */
  copy(target: number, source: number, bytes: number): void;
  /** See `scale` for how it rounds. */
  scale(dtype: KernelDType, target: number, count: number, by: ScaleBy): void;
  /** left += matrix · right, in float32. */
  multiply(tile: Tile): void;
  /** right += matrixᵀ · left, likewise; rows are added up by fours. */
  multiplyTransposed(tile: Tile): void;
  /** matrix += sign · left · rightᵀ, likewise; one vector after the other. */
  addProduct(tile: Tile, sign: 1 | -1): void;
}

/**
 * Part of a matrix, row after row, and of the thin ones it is multiplied with or by: vectors one after
 * the other, as long as a column (left) or a row (right). Strides are elements from one row, or vector, to
 * the next.
 */
export interface Tile {
  readonly matrix: number;
  readonly stride: number;
  readonly rows: number;
  readonly columns: number;
  readonly left: number;
  readonly leftStride: number;
  readonly right: number;
  readonly rightStride: number;
  readonly vectors: number;
}
