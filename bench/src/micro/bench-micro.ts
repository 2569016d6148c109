/** What all-reduces and compression are made of, alone, by Benchmark.js: GB/s of one operand. */
import Benchmark from "benchmark";
import { formatBytes } from "@kolo/core";
import { codecCases } from "./codec-cases.js";
import { kernelCases } from "./kernel-cases.js";
import { type MicroCase } from "./micro-case.js";
import { packCases } from "./pack-cases.js";
import { productCases } from "./product-cases.js";
import { segmentCases } from "./segment-cases.js";
import { sparseCases } from "./sparse-cases.js";

/** A segment is never larger. */
const maxSegmentBytes = 1024 * 1024;

export const microTopics = ["all", "compression"] as const;
export type MicroTopic = (typeof microTopics)[number];

export interface MicroOptions {
  readonly bytes: readonly number[];
  /** Of measuring, each. */
  readonly seconds: number;
  readonly topic: MicroTopic;
}

/** Decoding a segment reads no payload: of that, µs tell more. */
export function benchMicro({ bytes: sizes, seconds, topic }: MicroOptions): void {
  for (const bytes of sizes) {
    console.log(`\n${formatBytes(bytes)}`);
    const cases = [
      ...(topic === "all" ? reduceCases(bytes) : []),
      ...[...codecCases(bytes), ...sparseCases(bytes), ...productCases(bytes)],
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

function reduceCases(bytes: number): MicroCase[] {
  return [
    ...[...kernelCases(bytes), ...packCases(bytes)],
    ...(bytes <= maxSegmentBytes ? segmentCases(bytes) : []),
  ];
}
