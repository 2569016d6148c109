/** How gradients travel, as tsrun was told: the same on every rank, since it decides the plan. */
export interface ExchangeSettings {
  /** What --bucket-bytes said; absent: the default of `distributedOptimizer`. */
  readonly bucketBytes?: number;
  /** What --segment-bytes said; absent: chosen by the size of what travels. */
  readonly segmentBytes?: number;
  /** What --channels said: connections a link. Absent: one. */
  readonly channels?: number;
  /** Whether the first steps look for good sizes. */
  readonly autotune?: boolean;
}

/** Payload bytes of one segment at most, on any link: every rank keeps room for one. */
export const maxSegmentBytes = 2 ** 20;

/** What each number may be; also a multiple of `step`. */
export const exchangeRanges = {
  bucketBytes: { least: 4, most: 2 ** 30, step: 1 },
  // Below this, the headers of segments cost more than their payloads.
  segmentBytes: { least: 1024, most: maxSegmentBytes, step: 4 },
  channels: { least: 1, most: 8, step: 1 },
} as const satisfies Record<string, NumberRange>;

export interface NumberRange {
  readonly least: number;
  readonly most: number;
  readonly step: number;
}

export function isWithin(value: number, { least, most, step }: NumberRange): boolean {
  return Number.isInteger(value) && value >= least && value <= most && value % step === 0;
}
