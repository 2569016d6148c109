import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { type KernelDType, type KernelOp, plainKernels, simdKernels } from "./index.js";

const ops: readonly KernelOp[] = ["sum", "min", "max", "product"];
const dtypes: readonly KernelDType[] = ["float32", "int32"];
const elements = 512;

/** The same bytes in two memories: one for each implementation. */
function twins() {
  const memory = (): WebAssembly.Memory =>
    new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const [one, other] = [memory(), memory()];
  return {
    bytes: [new Uint8Array(one.buffer), new Uint8Array(other.buffer)] as const,
    simd: simdKernels(one),
    plain: plainKernels(other.buffer),
  };
}

/** Bits, with every NaN alike: which payload an addition of two NaNs keeps is the processor's affair. */
function bits(bytes: Uint8Array, dtype: KernelDType): number[] {
  const words = new Uint32Array(bytes.slice(0, elements * 4).buffer);
  const isNan = (word: number): boolean => (word & 0x7fffffff) > 0x7f800000;
  return [...words].map((word) => (dtype === "float32" && isNan(word) ? NaN : word));
}

const anyBytes = fc.uint8Array({ minLength: elements * 4, maxLength: elements * 4 });
const range = fc.record({
  count: fc.nat(150),
  offset: fc.nat(10),
  target: fc.constantFrom("first", "second", "third"),
});

describe("simdKernels", () => {
  it("runs in SIMD here", () => {
    expect(twins().simd.name).toBe("simd");
  });

  it("reduces like the plain kernels, bit by bit, whatever the bytes and wherever they lie", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ops),
        fc.constantFrom(...dtypes),
        anyBytes,
        range,
        (op, dtype, content, { count, offset, target }) => {
          const { bytes, simd, plain } = twins();
          const a = offset * 4;
          const b = a + 160 * 4;
          const to = { first: a, second: b, third: b + 160 * 4 }[target];
          for (const memory of bytes) memory.set(content);
          simd.reduce(op, dtype, to, a, b, count);
          plain.reduce(op, dtype, to, a, b, count);
          expect(bits(bytes[0], dtype)).toEqual(bits(bytes[1], dtype));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("scales like the plain kernels, bit by bit", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...dtypes),
        anyBytes,
        range,
        fc.oneof(fc.constant(1), fc.double({ noNaN: true, min: -1e3, max: 1e3 })),
        fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 64 }), fc.constant(0.1)),
        (dtype, content, { count, offset }, factor, divisor) => {
          const { bytes, simd, plain } = twins();
          for (const memory of bytes) memory.set(content);
          simd.scale(dtype, offset * 4, count, { factor, divisor });
          plain.scale(dtype, offset * 4, count, { factor, divisor });
          expect(bits(bytes[0], dtype)).toEqual(bits(bytes[1], dtype));
        },
      ),
      { numRuns: 300 },
    );
  });
});
