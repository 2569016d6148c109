/** What PowerSGD does to a square matrix of so many bytes: GB/s of the matrix. */
import { addProduct, type Factors, multiply, multiplyTransposed } from "@kolo/compression";
import { finish } from "@kolo/core";
import { simdKernels } from "@kolo/kernels";
import { gradientsLike } from "./gradients-like.js";
import { type MicroCase } from "./micro-case.js";

const rank = 2;
const pageBytes = 64 * 1024;

export function productCases(bytes: number): MicroCase[] {
  const columns = 2 ** Math.floor(Math.log2(bytes / 4) / 2);
  const shape = { rows: Math.floor(bytes / 4 / columns), columns };
  const elements = shape.rows * columns;
  const vectors = rank * (shape.rows + columns);
  const pages = Math.ceil((4 * (elements + 2 * vectors)) / pageBytes);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  const kernels = simdKernels(memory);
  const all = new Float32Array(memory.buffer);
  const take = (start: number, count: number): Float32Array => {
    const taken = all.subarray(start, start + count);
    taken.set(gradientsLike(count));
    return taken;
  };
  const thin = (start: number): Pick<Factors, "left" | "right"> => ({
    left: take(start, rank * shape.rows),
    right: take(start + rank * shape.rows, rank * columns),
  });
  const matrix = take(0, elements);
  const given = { matrix, shape, ...thin(elements) };
  const out = thin(elements + vectors);
  return [
    {
      name: `M·Q, rank ${rank}`,
      bytes,
      run: () => {
        finish(multiply(kernels, { ...given, left: out.left }));
      },
    },
    {
      name: `transposed M·P, rank ${rank}`,
      bytes,
      run: () => {
        finish(multiplyTransposed(kernels, { ...given, right: out.right }));
      },
    },
    {
      name: `M + P·Q, rank ${rank}`,
      bytes,
      run: () => {
        finish(addProduct(kernels, given, 1));
      },
    },
  ];
}
