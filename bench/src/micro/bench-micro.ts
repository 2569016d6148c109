/** What all-reduces and compression are made of, alone, by Benchmark.js: GB/s of one operand. */
import Benchmark from "benchmark";
import { formatBytes } from "@kolo/core";
import { codecCases } from "./codec-cases.js";
import { kernelCases } from "./kernel-cases.js";
import { packCases } from "./pack-cases.js";
import { productCases } from "./product-cases.js";
import { segmentCases } from "./segment-cases.js";
import { sparseCases } from "./sparse-cases.js";

/** A segment is never larger. */
const maxSegmentBytes = 1024 * 1024;

/** Each for about so many `seconds`. Decoding reads no payload: of that, µs tell more. */
export function benchMicro(sizes: readonly number[], seconds: number): void {
  for (const bytes of sizes) {
    console.log(`\n${formatBytes(bytes)}`);
    const cases = [
      ...kernelCases(bytes),
      ...packCases(bytes),
      ...codecCases(bytes),
      ...productCases(bytes),
      ...(bytes <= maxSegmentBytes ? segmentCases(bytes) : []),
      ...sparseCases(bytes),
    ];
    const suite = new Benchmark.Suite();
    for (const { name, run } of cases) suite.add(name, run, { maxTime: seconds });
    suite
      .on("cycle", (event: Benchmark.Event) => {
        const { name, hz = NaN, stats } = event.target;
        const gigabytes = ((hz * bytes) / 1e9).toFixed(2).padStart(8);
        const microseconds = (1e6 / hz).toPrecision(3).padStart(8);
        const spread = `± ${(stats?.rme ?? NaN).toFixed(1)} %`;
        console.log(`${String(name).padEnd(22)} ${gigabytes} GB/s ${microseconds} µs  ${spread}`);
      })
      .run();
  }
}
