/** Is this the segment that must come next? Decided before a byte of it is written. */
import { KoloError } from "@kolo/core";
import { type SegmentHeader } from "@kolo/transport";
import { operationMismatch } from "./operation-mismatch.js";
import { type Plan, type Receive } from "./plan/plan.js";

/** Who is asking, and of whom. */
interface Between {
  readonly rank: number;
  readonly peer: number;
}

export interface Expected extends Between {
  readonly run: {
    readonly sequence: number;
    readonly fingerprint: number;
    readonly description: string;
    readonly plan: Plan;
  };
  /** Undefined where nothing more is expected from this peer. */
  readonly receive: Receive | undefined;
  /** Which segment of it. */
  readonly index: number;
}

/** Throws `generation_stale`: the segment belongs to another membership of the world. */
export function checkGeneration(
  segment: SegmentHeader,
  { generation, rank, peer }: Between & { readonly generation: number },
): void {
  if (segment.generation === generation) return;
  throw new KoloError(
    "generation_stale",
    `expected generation ${generation}, got ${segment.generation} from rank ${peer}`,
    { rank, peer, generation },
  );
}

/** Throws `operation_mismatch` or `message_invalid`. */
export function checkSegment(segment: SegmentHeader, expected: Expected): void {
  const { rank, peer, run, receive, index } = expected;
  const where = { rank, peer, operation: run.description };
  const number = `(#${run.sequence})`;
  if (segment.sequence === run.sequence && segment.fingerprint !== run.fingerprint) {
    const { sequence, description: ours } = run;
    throw operationMismatch({ rank, peer, sequence, ours, theirs: segment.description });
  }
  const invalid = (expectation: string, got: unknown): never => {
    throw new KoloError(
      "message_invalid",
      `expected ${expectation} of ${run.description} ${number}, got ${String(got)} from rank ${peer}`,
      where,
    );
  };
  if (segment.sequence !== run.sequence) invalid("a segment", `one of #${segment.sequence}`);
  if (receive === undefined) {
    invalid("no further segment", `hop ${segment.hop}, segment ${segment.index}`);
    return;
  }
  const offset = index * run.plan.segmentElements;
  const count = Math.min(run.plan.segmentElements, receive.range.count - offset);
  if (segment.dtype !== run.plan.dtype) invalid(`dtype ${run.plan.dtype}`, segment.dtype);
  if (segment.hop !== receive.hop) invalid(`hop ${receive.hop}`, segment.hop);
  if (segment.index !== index) invalid(`segment ${index}`, segment.index);
  if (segment.offset !== offset) invalid(`offset ${offset}`, segment.offset);
  if (segment.count !== count) invalid(`${count} elements`, segment.count);
}
