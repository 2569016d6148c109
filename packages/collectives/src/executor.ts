/**
 * Runs plans over links, one operation at a time.
 *
 * Links keep order, so the executor knows which segment must come next from each peer: it refuses
 * every other before a byte is written. A segment of an operation that this rank has not reached yet
 * is held by its link, which stops reading: that is the back-pressure between ranks.
 *
 * The hot path makes one small object per segment sent, and no promise.
 */
import { isKoloError, KoloError, leftOf, rightOf } from "@kolo/core";
import { type Kernels } from "@kolo/kernels";
import {
  type IncomingLink,
  type IncomingSegment,
  type OutgoingLink,
  type Receiver,
  type SegmentHeader,
  type Transport,
} from "@kolo/transport";
import { checkGeneration, checkSegment } from "./check-segment.js";
import { type ExecutionTrace } from "./execution-trace.js";
import { describe, fingerprint, type Operation } from "./operation.js";
import { kernelOpOf, type Plan, type Range, type Receive } from "./plan/plan.js";
import { hopWithin, partOf } from "./plan/plan-among.js";
import { prepareBuffer } from "./prepare-buffer.js";

export interface ExecutorOptions {
  readonly world: { readonly rank: number; readonly size: number };
  /** Membership of the world; segments of another are refused. */
  readonly generation: number;
  readonly transport: Transport;
  /** The arena. */
  readonly memory: SharedArrayBuffer | ArrayBuffer;
  /** Over that memory. */
  readonly kernels: Kernels;
  /** Where received segments wait to be reduced: room for one, nobody else writes there. */
  readonly scratchByteOffset: number;
  readonly scratchBytes: number;
  /** A link broke or a segment was refused, also while no operation runs. Called once. */
  readonly onFailure: (error: KoloError) => void;
}

/** How far the receives from one peer are. */
interface Cursor {
  readonly receives: readonly Receive[];
  /** Which receive, and which segment of it, comes next. */
  receive: number;
  segment: number;
}

interface Run {
  readonly sequence: number;
  /** Which part of an operation of several. */
  readonly part: number;
  readonly operation: Operation;
  readonly plan: Plan;
  readonly description: string;
  readonly fingerprint: number;
  /** First element of the operation's buffer, in elements of the arena. */
  readonly base: number;
  readonly cursors: ReadonlyMap<number, Cursor>;
  /** Whether all that is to be reduced comes from one peer, as in a ring. */
  readonly operandsOfOnePeer: boolean;
  /** Peers that have had their first segment, with the description. */
  readonly greeted: Set<number>;
  receivesLeft: number;
  /** How many of the plan's sends have been handed to their links. */
  sent: number;
  readonly received: () => void;
  readonly failed: (error: KoloError) => void;
}

export class Executor implements Receiver {
  /** Undefined while nobody records one. */
  trace: ExecutionTrace | undefined;
  readonly #options: ExecutorOptions;
  readonly #bytes: Uint8Array;
  readonly #incoming = new Map<number, IncomingLink>();
  readonly #outgoing = new Map<number, OutgoingLink>();
  #run: Run | undefined;
  #failure: KoloError | undefined;
  #bytesSent = 0;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#bytes = new Uint8Array(options.memory);
  }

  /** Payload bytes handed to the transport so far. */
  get bytesSent(): number {
    return this.#bytesSent;
  }

  /**
   * Opens the ring of the world, or another one of these ranks, so that a broken neighbour is noticed
   * even while nothing runs, and one that is in another operation too.
   */
  connect(ring?: readonly number[]): void {
    const { world } = this.#options;
    const members = ring ?? Array.from({ length: world.size }, (_, rank) => rank);
    const place = { rank: members.indexOf(world.rank), size: members.length };
    if (place.rank === -1 || place.size === 1) return;
    this.#outgoingTo(members[rightOf(place)] ?? 0);
    this.#incomingFrom(members[leftOf(place)] ?? 0);
  }

  /**
   * Runs an operation in place on the buffer at `byteOffset`. `sequence` counts operations, alike on
   * every rank. Resolves when everything has arrived and everything sent has left this memory.
   */
  async run(sequence: number, operation: Operation, plan: Plan, byteOffset: number): Promise<void> {
    this.#throwFailure();
    if (this.#run !== undefined) throw new KoloError("internal", "one operation at a time");
    if (plan.segmentElements * 4 > this.#options.scratchBytes) {
      throw new KoloError("internal", "expected the scratch to hold one segment");
    }
    if (byteOffset % 4 !== 0 || byteOffset + plan.layout.elements * 4 > this.#bytes.length) {
      throw new KoloError(
        "internal",
        `expected ${plan.layout.elements} elements inside ${this.#bytes.length} bytes of memory, ` +
          `got them at byte ${byteOffset}`,
      );
    }
    const base = byteOffset / 4;
    const { kernels, world } = this.#options;
    prepareBuffer(plan, { kernels, bytes: this.#bytes, byteOffset, size: world.size });
    this.trace?.mark("prepare");
    try {
      await new Promise<void>((resolve, reject) => {
        const run: Run = {
          sequence,
          part: partOf(plan.sends[0]?.hop ?? plan.receives[0]?.hop ?? 0),
          operation,
          plan,
          base,
          description: describe(operation),
          fingerprint: fingerprint(operation),
          cursors: cursorsOf(plan.receives),
          operandsOfOnePeer: reducedPeers(plan.receives) < 2,
          greeted: new Set(),
          receivesLeft: plan.receives.length,
          sent: 0,
          // Not awaited after this promise but inside it: abort() must end this wait too.
          received: () => {
            this.#fold(run);
            this.#flushed().then(resolve, reject);
          },
          failed: reject,
        };
        this.#run = run;
        this.#sendDue(run);
        if (run.receivesLeft === 0) run.received();
        // A segment that came too early may have been waiting for this operation.
        for (const peer of run.cursors.keys()) this.#incomingFrom(peer).resume();
      });
      this.trace?.mark("flush");
    } catch (error) {
      // Whatever went wrong, peers now wait for segments that will not come.
      this.#failure ??= isKoloError(error)
        ? error
        : new KoloError("internal", `${describe(operation)} threw`, { cause: error });
    } finally {
      this.#run = undefined;
    }
    this.#throwFailure();
  }

  /** Ends the operation under way, and all later ones, with this error. The first one counts. */
  abort(error: KoloError): void {
    this.#failure ??= error;
    this.#run?.failed(this.#failure);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  accept(peer: number, segment: IncomingSegment): boolean {
    if (this.#failure !== undefined) return true;
    const expected = this.#expect(peer, segment);
    if (expected === undefined) return false;
    const { run, cursor, receive } = expected;
    const { plan } = run;
    const from = run.base + receive.range.offset + segment.offset;
    this.#apply(plan, receive, from, segment);
    if (receive.forwardTo !== undefined) {
      this.#sendSegment(run, receive.forwardTo, receive.hop + 1, receive.range, cursor.segment);
    }
    if (++cursor.segment < segmentsOf(receive.range, plan.segmentElements)) return true;
    cursor.segment = 0;
    cursor.receive++;
    this.trace?.mark("hop", receive.range.count * 4, hopWithin(receive.hop), peer);
    this.#sendDue(run);
    if (--run.receivesLeft === 0) run.received();
    return true;
  }

  /** Where `#apply` wants the payload to be: a copy arrives where it stays, an operand in the scratch. */
  place(peer: number, segment: SegmentHeader): Uint8Array | undefined {
    if (this.#failure !== undefined) return undefined;
    const expected = this.#expect(peer, segment);
    if (expected === undefined) return undefined;
    const { run, receive } = expected;
    const byteCount = segment.count * 4;
    if (receive.action === "copy") {
      const start = (run.base + receive.range.offset + segment.offset) * 4;
      return this.#bytes.subarray(start, start + byteCount);
    }
    // There is room for one: where several peers send operands, they are copied there in turn.
    if (!run.operandsOfOnePeer) return undefined;
    const { scratchByteOffset } = this.#options;
    return this.#bytes.subarray(scratchByteOffset, scratchByteOffset + byteCount);
  }

  /** What a segment is, if it is the next one; undefined for one of a later operation. */
  #expect(
    peer: number,
    segment: SegmentHeader,
  ): { run: Run; cursor: Cursor; receive: Receive } | undefined {
    const { generation, world } = this.#options;
    // First of all: what belongs to another world must not be held until its number comes up.
    checkGeneration(segment, { generation, rank: world.rank, peer });
    const run = this.#run;
    const cursor = run?.cursors.get(peer);
    const receive = cursor?.receives[cursor.receive];
    if (run === undefined || isLater(segment, run)) return undefined;
    const index = cursor?.segment ?? 0;
    checkSegment(segment, { rank: world.rank, peer, run, receive, index });
    if (cursor === undefined || receive === undefined) {
      throw new KoloError("internal", "expected a segment that nobody awaits to be refused");
    }
    return { run, cursor, receive };
  }

  fail(_peer: number, error: KoloError): void {
    if (this.#failure !== undefined) return;
    this.abort(error);
    this.#options.onFailure(error);
  }

  #apply(plan: Plan, receive: Receive, from: number, segment: IncomingSegment): void {
    const target = from * 4;
    if (receive.action === "copy") {
      this.#bring(segment, target);
      return;
    }
    const { scratchByteOffset, kernels } = this.#options;
    const { dtype, postscale, divisor } = plan;
    const { count } = segment;
    this.#bring(segment, scratchByteOffset);
    kernels.reduce(kernelOpOf(plan), dtype, target, target, scratchByteOffset, count);
    if (receive.finish) kernels.scale(dtype, target, count, { factor: postscale, divisor });
  }

  /** Copies the payload there, unless the transport has put it there. */
  #bring({ message, payloadOffset, count }: IncomingSegment, target: number): void {
    const isThere =
      message.buffer === this.#options.memory && message.byteOffset + payloadOffset === target;
    if (!isThere) message.copy(this.#bytes, target, payloadOffset, payloadOffset + count * 4);
  }

  #fold({ plan, base }: Run): void {
    if (plan.folds.length === 0) return;
    const { kernels } = this.#options;
    const { dtype, postscale: factor, divisor } = plan;
    const op = kernelOpOf(plan);
    for (const { range, operands } of plan.folds) {
      const { count } = range;
      const target = (base + range.offset) * 4;
      const [first = 0, ...others] = operands;
      let reduced = (base + first) * 4;
      if (others.length === 0) kernels.copy(target, reduced, count * 4);
      for (const other of others) {
        kernels.reduce(op, dtype, target, (base + other) * 4, reduced, count);
        reduced = target;
      }
      kernels.scale(dtype, target, count, { factor, divisor });
    }
    this.trace?.mark("reduce");
  }

  /** What waits for nothing any more: all receives of earlier hops are over. */
  #sendDue(run: Run): void {
    const { sends } = run.plan;
    for (let next = sends[run.sent]; next !== undefined; next = sends[run.sent]) {
      for (const { receives, receive } of run.cursors.values()) {
        if ((receives[receive]?.hop ?? next.hop) < next.hop) return;
      }
      run.sent++;
      this.#sendRange(run, next.peer, next.hop, next.range);
    }
  }

  #sendRange(run: Run, peer: number, hop: number, range: Range): void {
    const segments = segmentsOf(range, run.plan.segmentElements);
    for (let index = 0; index < segments; index++) {
      this.#sendSegment(run, peer, hop, range, index);
    }
  }

  #sendSegment(run: Run, peer: number, hop: number, range: Range, index: number): void {
    const { segmentElements, dtype } = run.plan;
    const offset = index * segmentElements;
    const count = Math.min(segmentElements, range.count - offset);
    const first = !run.greeted.has(peer);
    if (first) run.greeted.add(peer);
    this.#bytesSent += count * 4;
    this.#outgoingTo(peer).send({
      generation: this.#options.generation,
      sequence: run.sequence,
      fingerprint: run.fingerprint,
      hop,
      index,
      dtype,
      offset,
      count,
      description: first ? run.description : "",
      memory: this.#bytes,
      byteOffset: (run.base + range.offset + offset) * 4,
    });
  }

  async #flushed(): Promise<void> {
    for (const link of this.#outgoing.values()) await link.flushed();
  }

  #outgoingTo(peer: number): OutgoingLink {
    let link = this.#outgoing.get(peer);
    if (link === undefined) {
      link = this.#options.transport.serve(peer);
      this.#outgoing.set(peer, link);
    }
    return link;
  }

  #incomingFrom(peer: number): IncomingLink {
    let link = this.#incoming.get(peer);
    if (link === undefined) {
      link = this.#options.transport.dial(peer, this);
      this.#incoming.set(peer, link);
    }
    return link;
  }
}

/** Whether a segment belongs to a later operation than this, or to a later part of it. */
function isLater({ sequence, hop }: SegmentHeader, run: Run): boolean {
  return sequence > run.sequence || (sequence === run.sequence && partOf(hop) > run.part);
}

/** An empty range travels as one empty segment. */
function segmentsOf(range: Range, segmentElements: number): number {
  return Math.max(1, Math.ceil(range.count / segmentElements));
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
