/**
 * An operation under way: which segment comes next from each peer, and what may be sent by now. It
 * only keeps count; the executor sends, receives and reduces.
 */
import { KoloError } from "@kolo/core";
import { type SegmentHeader } from "@kolo/transport";
import { checkSegment } from "./check-segment.js";
import { describe, fingerprint, type Operation } from "./operation.js";
import { partOf } from "./plan/plan-among.js";
import { type Plan, type Range, type Receive, type Send } from "./plan/plan.js";

export interface RunOptions {
  readonly rank: number;
  readonly sequence: number;
  readonly operation: Operation;
  readonly plan: Plan;
  /** First element of the operation's buffer, in elements of the arena. */
  readonly base: number;
  readonly received: () => void;
  readonly failed: (error: KoloError) => void;
}

/** How far the receives from one peer are. */
interface Cursor {
  readonly receives: readonly Receive[];
  /** Which receive, and which segment of it, comes next. */
  receive: number;
  segment: number;
}

export class Run {
  readonly sequence: number;
  readonly plan: Plan;
  readonly base: number;
  readonly description: string;
  readonly fingerprint: number;
  /** Whether all that is to be reduced comes from one peer, as in a ring. */
  readonly operandsOfOnePeer: boolean;
  receivesLeft: number;
  /** Everything has arrived. */
  readonly received: () => void;
  readonly failed: (error: KoloError) => void;
  readonly #rank: number;
  /** Which part of an operation of several. */
  readonly #part: number;
  readonly #cursors: ReadonlyMap<number, Cursor>;
  /** Peers that have had their first segment, with the description. */
  readonly #greeted = new Set<number>();
  /** How many of the plan's sends have been due. */
  #sent = 0;

  constructor({ rank, sequence, operation, plan, base, received, failed }: RunOptions) {
    this.sequence = sequence;
    this.plan = plan;
    this.base = base;
    this.description = describe(operation);
    this.fingerprint = fingerprint(operation);
    this.operandsOfOnePeer = reducedPeers(plan.receives) < 2;
    this.receivesLeft = plan.receives.length;
    this.received = received;
    this.failed = failed;
    this.#rank = rank;
    this.#part = partOf(plan.sends[0]?.hop ?? plan.receives[0]?.hop ?? 0);
    this.#cursors = cursorsOf(plan.receives);
  }

  /** Those that something is received from. */
  get sources(): Iterable<number> {
    return this.#cursors.keys();
  }

  /** Whether a segment belongs to a later operation than this, or to a later part of it. */
  isBefore({ sequence, hop }: SegmentHeader): boolean {
    return sequence > this.sequence || (sequence === this.sequence && partOf(hop) > this.#part);
  }

  /** Throws `operation_mismatch` or `message_invalid` unless the segment is the next of its peer. */
  expect(peer: number, segment: SegmentHeader): { cursor: Cursor; receive: Receive } {
    const cursor = this.#cursors.get(peer);
    const receive = cursor?.receives[cursor.receive];
    const index = cursor?.segment ?? 0;
    checkSegment(segment, { rank: this.#rank, peer, run: this, receive, index });
    if (cursor === undefined || receive === undefined) {
      throw new KoloError("internal", "expected a segment that nobody awaits to be refused");
    }
    return { cursor, receive };
  }

  /** The segment that was expected is there. Returns whether its receive is over with it. */
  advance(cursor: Cursor, { range }: Receive): boolean {
    if (++cursor.segment < this.segmentsOf(range)) return false;
    cursor.segment = 0;
    cursor.receive++;
    return true;
  }

  /** What to send now, once each: it waits for all receives of earlier hops. */
  nextDue(): Send | undefined {
    const next = this.plan.sends[this.#sent];
    if (next === undefined) return undefined;
    for (const { receives, receive } of this.#cursors.values()) {
      if ((receives[receive]?.hop ?? next.hop) < next.hop) return undefined;
    }
    this.#sent++;
    return next;
  }

  /** What the first segment to a peer says of the operation; the others say nothing. */
  greetingTo(peer: number): string {
    if (this.#greeted.has(peer)) return "";
    this.#greeted.add(peer);
    return this.description;
  }

  /** An empty range travels as one empty segment. */
  segmentsOf(range: Range): number {
    return Math.max(1, Math.ceil(range.count / this.plan.segmentElements));
  }
}

function cursorsOf(receives: readonly Receive[]): Map<number, Cursor> {
  const peers = new Set(receives.map(({ peer }) => peer));
  const cursorOf = (peer: number): Cursor => ({
    receives: receives.filter((receive) => receive.peer === peer),
    receive: 0,
    segment: 0,
  });
  return new Map([...peers].map((peer) => [peer, cursorOf(peer)]));
}

/** How many peers send what is to be reduced. */
function reducedPeers(receives: readonly Receive[]): number {
  return new Set(receives.filter(({ action }) => action === "reduce").map(({ peer }) => peer)).size;
}
