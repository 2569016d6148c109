/** The kernels in SIMD, over the WebAssembly memory that the arena is. */
import { simdBase64 } from "./generated/module.js";
import { type KernelDType, type Kernels, type Tile } from "./kernels.js";
import { plainKernels } from "./plain-kernels.js";
import { type KernelOp } from "./reduce-into.js";

type Reduce = (target: number, a: number, b: number, count: number) => void;

/** What assembly/index.ts exports. */
type Assembly = Readonly<Record<`${KernelOp}${"Float32" | "Int32"}`, Reduce>> & {
  copy(target: number, source: number, bytes: number): void;
  divideFloat32(target: number, count: number, divisor: number): void;
  multiplyFloat32(target: number, count: number, factor: number): void;
  multiply(...tile: TileInBytes): void;
  multiplyTransposed(...tile: TileInBytes): void;
  addProduct(...tileAndSign: [...TileInBytes, number]): void;
};

/** As a tile has them, but strides are bytes. */
type TileInBytes = ReturnType<typeof inBytes>;

/** Plain ones where the runtime has no SIMD. The memory must be shared. */
export function simdKernels(memory: WebAssembly.Memory): Kernels {
  const plain = plainKernels(memory.buffer);
  const binary = Buffer.from(simdBase64, "base64");
  if (!WebAssembly.validate(binary)) return plain;
  const module = new WebAssembly.Module(binary);
  const assembly = new WebAssembly.Instance(module, { env: { memory } })
    .exports as unknown as Assembly;
  const reduce: Record<KernelDType, Record<KernelOp, Reduce>> = {
    float32: {
      sum: assembly.sumFloat32,
      product: assembly.productFloat32,
      min: assembly.minFloat32,
      max: assembly.maxFloat32,
    },
    int32: {
      sum: assembly.sumInt32,
      product: assembly.productInt32,
      min: assembly.minInt32,
      max: assembly.maxInt32,
    },
  };
  return {
    name: "simd",
    reduce(op, dtype, target, a, b, count) {
      reduce[dtype][op](target, a, b, count);
    },
    copy(target, source, bytes) {
      assembly.copy(target, source, bytes);
    },
    scale(dtype, target, count, by) {
      const { factor, divisor } = by;
      // A divisor that float32 cannot hold would be rounded; integers truncate and wrap.
      if (dtype === "int32" || Math.fround(divisor) !== divisor) {
        plain.scale(dtype, target, count, by);
        return;
      }
      if (divisor !== 1) assembly.divideFloat32(target, count, divisor);
      if (factor !== 1) assembly.multiplyFloat32(target, count, factor);
    },
    multiply(tile) {
      assembly.multiply(...inBytes(tile));
    },
    multiplyTransposed(tile) {
      assembly.multiplyTransposed(...inBytes(tile));
    },
    addProduct(tile, sign) {
      assembly.addProduct(...inBytes(tile), sign);
    },
  };
}

function inBytes({ matrix, stride, rows, columns, vectors, ...thin }: Tile) {
  const { left, leftStride, right, rightStride } = thin;
  return [
    ...([matrix, stride * 4, rows, columns] as const),
    ...([left, leftStride * 4, right, rightStride * 4, vectors] as const),
  ] as const;
}
