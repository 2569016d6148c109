import { describe, expect, it } from "@jest/globals";
import { allReduceReport } from "./all-reduce-report.js";
import { allReduceRow, type MeasuredAllReduce, payloadBytes } from "./all-reduce-row.js";
import { bitsPerSecondOf } from "./rate.js";

const measured: MeasuredAllReduce = {
  ...{ impl: "kolo-arena", transport: "shm", ranksPerHost: 2 },
  ...{ rate: "1gbit", bitsPerSecond: bitsPerSecondOf("1gbit"), hosts: 2, bytes: 100e6 },
  launches: [
    { durationsUs: [1e6, 1e6, 4e6], wireBytes: 110e6, tcpBitsPerSecond: 0.8e9 },
    { durationsUs: [0.8e6, 1e6, 1e6], wireBytes: 105e6, tcpBitsPerSecond: 0.9e9 },
    { durationsUs: [1.6e6, 1.6e6], wireBytes: 120e6, tcpBitsPerSecond: 1e9 },
  ],
};
const origin = { host: "2 × CPU", date: "2026-01-02", commit: "abc", command: "npm run bench" };

describe("an all-reduce over a link", () => {
  it.each([
    // Sharing memory, a host sends 2n(H - 1)/H; a ring of all ranks 2n(p - 1)/p.
    ["kolo-arena", "shm", 1, 2, 100],
    ["kolo", "shm+tcp", 4, 2, 100],
    ["kolo", "shm", 2, 4, 150],
    ["kolo-arena", "grpc", 1, 2, 100],
    ["kolo-arena", "grpc", 2, 2, 150],
    ["kolo", "tcp", 4, 2, 175],
    ["openmpi", "tcp", 2, 2, 100],
  ] as const)("of %s over %s with %d ranks on each of %d hosts", (...one) => {
    const [impl, transport, ranksPerHost, hosts, expected] = one;
    expect(payloadBytes({ impl, transport, ranksPerHost, hosts, bytes: 100 })).toBe(expected);
  });

  it("has its share of the link as payload over time and rate, and beside plain TCP", () => {
    const row = allReduceRow(measured, origin);
    expect(row).toEqual({
      ...{ impl: "kolo-arena", transport: "shm", ranksPerHost: 2 },
      ...{ rate: "1gbit", hosts: 2, bytes: 100e6 },
      ...{ seconds: 1, p95Seconds: 4, runs: 8 },
      ...{ bytesPerDirection: 100e6, wireBytesPerDirection: 110e6 },
      share: 0.8,
      tcpShare: 0.9,
      ofTcp: 0.8 / 0.9,
      rounds: [
        { share: 0.8, tcpShare: 0.8 },
        { share: 0.8, tcpShare: 0.9 },
        { share: 0.5, tcpShare: 1 },
      ],
      ...origin,
    });
  });

  it("is a line of the report", () => {
    const [, , line = ""] = allReduceReport([allReduceRow(measured, origin)]).split("\n");
    const cells = line.split("|").map((cell) => cell.trim());
    expect(cells.slice(1, -1)).toEqual([
      ...["1gbit", "kolo-arena shm+grpc", "2", "100000000 B", "1000 ms", "100.0 MB", "110.0 MB"],
      ...["80.0 %", "90.0 %", "0.89"],
    ]);
  });
});

describe("a rate", () => {
  it("is what tc makes of it", () => {
    expect(bitsPerSecondOf("1gbit")).toBe(1e9);
    expect(bitsPerSecondOf("20mbit")).toBe(20e6);
  });
});
