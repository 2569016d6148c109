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
import {
  type IncomingSegment,
  type Receiver,
  type SegmentHeader,
  type Transport,
} from "@kolo/transport";
import { checkGeneration } from "./check-segment.js";
import { type ExecutionTrace } from "./execution-trace.js";
import { Landing, type LandingOptions } from "./landing.js";
import { Links } from "./links.js";
import { describe, type Operation } from "./operation.js";
import { hopWithin } from "./plan/plan-among.js";
import { type Plan, type Range } from "./plan/plan.js";
import { prepareBuffer } from "./prepare-buffer.js";
import { Run } from "./run.js";

export interface ExecutorOptions extends LandingOptions {
  readonly world: { readonly rank: number; readonly size: number };
  /** Membership of the world; segments of another are refused. */
  readonly generation: number;
  readonly transport: Transport;
  readonly scratchBytes: number;
  /** A link broke or a segment was refused, also while no operation runs. Called once. */
  readonly onFailure: (error: KoloError) => void;
}

export class Executor implements Receiver {
  /** Undefined while nobody records one. */
  trace: ExecutionTrace | undefined;
  readonly #options: ExecutorOptions;
  readonly #bytes: Uint8Array;
  readonly #landing: Landing;
  readonly #links: Links;
  #run: Run | undefined;
  #failure: KoloError | undefined;
  #bytesSent = 0;

  constructor(options: ExecutorOptions) {
    this.#options = options;
    this.#bytes = new Uint8Array(options.memory);
    this.#landing = new Landing(options);
    this.#links = new Links(options.transport, this);
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
    this.#links.to(members[rightOf(place)] ?? 0);
    this.#links.from(members[leftOf(place)] ?? 0);
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
    const { kernels, world } = this.#options;
    prepareBuffer(plan, { kernels, bytes: this.#bytes, byteOffset, size: world.size });
    this.trace?.mark("prepare");
    try {
      await new Promise<void>((resolve, reject) => {
        const run = new Run({
          ...{ rank: world.rank, sequence, operation, plan, base: byteOffset / 4 },
          // Not awaited after this promise but inside it: abort() must end this wait too.
          received: () => {
            this.#fold(run);
            this.#links.flushed().then(resolve, reject);
          },
          failed: reject,
        });
        this.#run = run;
        this.#sendDue(run);
        if (run.receivesLeft === 0) run.received();
        // A segment that came too early may have been waiting for this operation.
        for (const peer of run.sources) this.#links.from(peer).resume();
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
    const run = this.#runOf(peer, segment);
    if (run === undefined) return false;
    const { cursor, receive } = run.expect(peer, segment);
    const { hop, range, forwardTo } = receive;
    this.#landing.apply(run, receive, segment);
    if (forwardTo !== undefined) this.#sendSegment(run, forwardTo, hop + 1, range, cursor.segment);
    if (!run.advance(cursor, receive)) return true;
    this.trace?.mark("hop", range.count * 4, hopWithin(hop), peer);
    this.#sendDue(run);
    if (--run.receivesLeft === 0) run.received();
    return true;
  }

  place(peer: number, segment: SegmentHeader): Uint8Array | undefined {
    if (this.#failure !== undefined) return undefined;
    const run = this.#runOf(peer, segment);
    if (run === undefined) return undefined;
    return this.#landing.place(run, run.expect(peer, segment).receive, segment);
  }

  fail(_peer: number, error: KoloError): void {
    if (this.#failure !== undefined) return;
    this.abort(error);
    this.#options.onFailure(error);
  }

  /** Undefined where the segment is of a later operation than the one under way. */
  #runOf(peer: number, segment: SegmentHeader): Run | undefined {
    const { generation, world } = this.#options;
    // First of all: what belongs to another world must not be held until its number comes up.
    checkGeneration(segment, { generation, rank: world.rank, peer });
    return this.#run?.isBefore(segment) === false ? this.#run : undefined;
  }

  #fold(run: Run): void {
    if (run.plan.folds.length === 0) return;
    this.#landing.fold(run);
    this.trace?.mark("reduce");
  }

  #sendDue(run: Run): void {
    for (let send = run.nextDue(); send !== undefined; send = run.nextDue()) {
      const { peer, hop, range } = send;
      const segments = run.segmentsOf(range);
      for (let index = 0; index < segments; index++) {
        this.#sendSegment(run, peer, hop, range, index);
      }
    }
  }

  #sendSegment(run: Run, peer: number, hop: number, range: Range, index: number): void {
    const { segmentElements, dtype } = run.plan;
    const offset = index * segmentElements;
    const count = Math.min(segmentElements, range.count - offset);
    this.#bytesSent += count * 4;
    this.#links.to(peer).send({
      generation: this.#options.generation,
      sequence: run.sequence,
      fingerprint: run.fingerprint,
      hop,
      index,
      dtype,
      offset,
      count,
      description: run.greetingTo(peer),
      memory: this.#bytes,
      byteOffset: (run.base + range.offset + offset) * 4,
    });
  }
}
