/** The SIMD kernels and their plain twins, over shared memory as the executors have it. */
import { type KernelOp, type Kernels, plainKernels, simdKernels } from "@kolo/kernels";
import { type MicroCase } from "./micro-case.js";

const operators: readonly KernelOp[] = ["sum", "min", "max", "product"];
const pageBytes = 64 * 1024;

export function kernelCases(bytes: number): MicroCase[] {
  const pages = Math.ceil((2 * bytes) / pageBytes);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
  // Ones stay ones under products and minima, and no sum of them grows out of float32 for long.
  new Float32Array(memory.buffer).fill(1);
  return [simdKernels(memory), plainKernels(memory.buffer)].flatMap((kernels) =>
    casesOf(kernels, bytes),
  );
}

function casesOf(kernels: Kernels, bytes: number): MicroCase[] {
  const [target, source, count] = [0, bytes, bytes / 4];
  // Halving would soon make denormal numbers, which are slow.
  const by = { factor: 1, divisor: -1 };
  return [
    ...operators.map((op) => ({
      name: `${op} float32, ${kernels.name}`,
      bytes,
      run: () => {
        kernels.reduce(op, "float32", target, target, source, count);
      },
    })),
    {
      name: `copy, ${kernels.name}`,
      bytes,
      run: () => {
        kernels.copy(target, source, bytes);
      },
    },
    {
      name: `scale float32, ${kernels.name}`,
      bytes,
      run: () => {
        kernels.scale("float32", target, count, by);
      },
    },
  ];
}
