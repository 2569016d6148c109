/** The reduction kernels alone, over shared memory, as the executor calls them. */
import { reduceInto } from "@kolo/kernels";
import Benchmark from "benchmark";

const elements = 64 * 1024;

export function benchKernels(): void {
  const floats = new Float32Array(new SharedArrayBuffer(elements * 8));
  const integers = new Int32Array(new SharedArrayBuffer(elements * 8));
  const suite = new Benchmark.Suite();
  for (const op of ["sum", "min", "max", "product"] as const) {
    suite.add(`${op} float32`, () => {
      reduceInto(op, floats, 0, floats, elements, elements);
    });
    suite.add(`${op} int32`, () => {
      reduceInto(op, integers, 0, integers, elements, elements);
    });
  }
  suite
    .on("cycle", (event: Benchmark.Event) => {
      const { name, hz } = event.target;
      const gigabytes = ((hz ?? 0) * elements * 4) / 1e9;
      console.log(`${String(name).padEnd(18)} ${gigabytes.toFixed(2)} GB/s of operand`);
    })
    .run();
}
