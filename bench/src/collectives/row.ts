/** One measurement, as it goes into JSON. Times are of the slowest rank. */
export interface CollectiveRow {
  readonly impl: string;
  readonly transport: string;
  readonly np: number;
  readonly bytes: number;
  readonly op: string;
  readonly dtype: string;
  readonly p50Us: number;
  readonly p95Us: number;
  /** bytes / p50, in 10⁶ bytes a second. */
  readonly algbwMBs: number;
  /** algbw × 2(np − 1)/np, as nccl-tests defines it: what each link carries. */
  readonly busbwMBs: number;
}

/** What is measured where, before percentiles are taken. */
export interface Samples {
  readonly bytes: number;
  readonly durationsUs: readonly number[];
}

export function toRow(np: number, { bytes, durationsUs }: Samples): CollectiveRow {
  const sorted = [...durationsUs].sort((a, b) => a - b);
  const percentile = (p: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? NaN;
  const p50Us = percentile(0.5);
  const algbwMBs = bytes / p50Us;
  return {
    impl: "kolo",
    transport: "grpc",
    np,
    bytes,
    op: "sum",
    dtype: "float32",
    p50Us,
    p95Us: percentile(0.95),
    algbwMBs,
    busbwMBs: (algbwMBs * 2 * (np - 1)) / np,
  };
}
