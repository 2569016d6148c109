/**
 * From the times of all-reduces between two hosts to rows for JSON: how much of the link they used. Pure.
 *
 * Between H hosts whose ranks share memory, each sends and receives 2n(H - 1)/H of n bytes; a ring of
 * all p ranks that share nothing carries 2n(p - 1)/p over each of its links, those between hosts too
 * (docs/algorithms.md). That, as payload, over time and rate is the share of the link: headers of
 * packets, TLS and gRPC count as lost.
 */
import { percentile } from "../percentile.js";
import { type Provenance } from "../provenance.js";
import { type LinkContender } from "./all-reduce-contender.js";

export interface AllReduceRow extends LinkContender, Provenance {
  readonly rate: string;
  readonly hosts: number;
  readonly bytes: number;
  /** Of an all-reduce, on the slowest rank: over the runs of all rounds. */
  readonly seconds: number;
  readonly p95Seconds: number;
  readonly runs: number;
  /** Payload that the algorithm sends over the link in each direction; a peer's: the least there is. */
  readonly bytesPerDirection: number;
  /** What tc saw in the busier direction, for each all-reduce: with all headers, and the start of the job. */
  readonly wireBytesPerDirection: number;
  /** bytesPerDirection / seconds / rate: a fraction. */
  readonly share: number;
  /** The same of plain TCP in both directions at once, the slower of them: the median over rounds. */
  readonly tcpShare: number;
  /** share / tcpShare. */
  readonly ofTcp: number;
  /** Of each round, share and tcpShare: how steady was the machine? */
  readonly rounds: readonly { readonly share: number; readonly tcpShare: number }[];
}

/** One launch, and what the link gave plain TCP just before. */
export interface AllReduceRound {
  readonly durationsUs: readonly number[];
  readonly wireBytes: number;
  readonly tcpBitsPerSecond: number;
}

export interface MeasuredAllReduce extends LinkContender {
  readonly rate: string;
  readonly bitsPerSecond: number;
  readonly hosts: number;
  readonly bytes: number;
  readonly launches: readonly AllReduceRound[];
}

export function allReduceRow(measured: MeasuredAllReduce, origin: Provenance): AllReduceRow {
  const { launches, bitsPerSecond, ...what } = measured;
  const bytesPerDirection = payloadBytes(measured);
  const shareIn = (seconds: number): number => (bytesPerDirection * 8) / seconds / bitsPerSecond;
  const median = (durationsUs: readonly number[]): number => percentile(durationsUs, 0.5) / 1e6;
  const all = launches.flatMap(({ durationsUs }) => durationsUs);
  const rounds = launches.map(({ durationsUs, tcpBitsPerSecond }) => ({
    share: shareIn(median(durationsUs)),
    tcpShare: tcpBitsPerSecond / bitsPerSecond,
  }));
  const [seconds, tcpShare] = [
    median(all),
    percentile(
      rounds.map((one) => one.tcpShare),
      0.5,
    ),
  ];
  return {
    ...what,
    seconds,
    p95Seconds: percentile(all, 0.95) / 1e6,
    runs: all.length,
    bytesPerDirection,
    wireBytesPerDirection: percentile(
      launches.map(({ wireBytes }) => wireBytes),
      0.5,
    ),
    share: shareIn(seconds),
    tcpShare,
    ofTcp: shareIn(seconds) / tcpShare,
    rounds,
    ...origin,
  };
}

type Crossing = Pick<MeasuredAllReduce, "impl" | "transport" | "hosts" | "ranksPerHost" | "bytes">;

/** That crosses a host's link in each direction. */
export function payloadBytes({ impl, transport, hosts, ranksPerHost, bytes }: Crossing): number {
  const sharing = impl === "openmpi" || transport.startsWith("shm");
  const members = sharing ? hosts : hosts * ranksPerHost;
  return (2 * bytes * (members - 1)) / members;
}
