import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { type Kernels, plainKernels, simdKernels, type Tile } from "./index.js";

const product = ["multiply", "multiplyTransposed", "addProduct"] as const;
type Product = (typeof product)[number];

function run(kernels: Kernels, name: Product, tile: Tile, sign: 1 | -1): void {
  if (name === "addProduct") kernels.addProduct(tile, sign);
  else kernels[name](tile);
}

/** A tile of larger matrices, which begin somewhere in memory. */
const tiles = fc
  .record({
    rows: fc.integer({ min: 1, max: 11 }),
    columns: fc.integer({ min: 1, max: 19 }),
    vectors: fc.integer({ min: 1, max: 5 }),
    beside: fc.nat(3),
    before: fc.nat(5),
  })
  .map(({ rows, columns, vectors, beside, before }): Tile => {
    const [stride, leftStride, rightStride] = [columns + beside, rows + beside, columns + 2];
    const left = before + rows * stride;
    const right = left + vectors * leftStride;
    return {
      ...{ rows, columns, vectors, stride, leftStride, rightStride },
      ...{ matrix: before * 4, left: left * 4, right: right * 4 },
    };
  });

const memoryOf = (): WebAssembly.Memory =>
  new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
const used = 1024;

/** Term after term, exact for small integers. */
function naive(values: Float32Array, name: Product, tile: Tile, sign: number): void {
  const before = values.slice();
  const at = (index: number): number => before[index] ?? NaN;
  for (let row = 0; row < tile.rows; row++) {
    for (let column = 0; column < tile.columns; column++) {
      for (let vector = 0; vector < tile.vectors; vector++) {
        const matrix = tile.matrix / 4 + row * tile.stride + column;
        const left = tile.left / 4 + vector * tile.leftStride + row;
        const right = tile.right / 4 + vector * tile.rightStride + column;
        const [target, term] = {
          multiply: [left, at(matrix) * at(right)] as const,
          multiplyTransposed: [right, at(matrix) * at(left)] as const,
          addProduct: [matrix, sign * at(left) * at(right)] as const,
        }[name];
        values[target] = (values[target] ?? NaN) + term;
      }
    }
  }
}

describe.each(product)("%s", (name) => {
  it("is the product, and changes nothing else", () => {
    fc.assert(
      fc.property(tiles, fc.constantFrom(1, -1), fc.nat(100), (tile, sign, seed) => {
        const memory = memoryOf();
        const values = new Float32Array(memory.buffer, 0, used);
        for (const i of values.keys()) values[i] = ((i * 7 + seed) % 11) - 5;
        const expected = values.slice();
        naive(expected, name, tile, sign);
        run(simdKernels(memory), name, tile, sign);
        expect([...values]).toEqual([...expected]);
      }),
    );
  });

  it("has the same bits without SIMD", () => {
    fc.assert(
      fc.property(tiles, fc.constantFrom(1, -1), fc.nat(100), (tile, sign, seed) => {
        const [one, other] = [memoryOf(), memoryOf()];
        for (const { buffer } of [one, other]) {
          const values = new Float32Array(buffer, 0, used);
          for (const i of values.keys())
            values[i] = Math.sin(i * i + seed) * 2 ** ((i * seed) % 20);
        }
        run(simdKernels(one), name, tile, sign);
        run(plainKernels(other.buffer), name, tile, sign);
        const bits = ({ buffer }: WebAssembly.Memory): number[] => [
          ...new Int32Array(buffer, 0, used),
        ];
        expect(bits(one)).toEqual(bits(other));
      }),
    );
  });
});
