/**
 * Runs plans over memory that all ranks see, blocking: enter a barrier, reduce or copy straight from
 * the peers' buffers, leave by another. Where there are other hosts, what goes to them over links goes in
 * between, and another thread carries it. While it does, an operation that is `followed` makes way for the
 * next one, up to where that waits for the links: they need not stand still for folds and copies.
 *
 * What all ranks must agree on (the fingerprint) and where each has its buffer stands in the
 * records that they read after the first barrier.
 */
import { type Kernels } from "@kolo/kernels";
import { type HostMemory } from "@kolo/shared-memory";
import { type SharedTrace } from "../execution-trace.js";
import { describe, fingerprint, type Operation } from "../operation.js";
import { operationMismatch } from "../operation-mismatch.js";
import { kernelOpOf } from "../plan/plan.js";
import { prepareBuffer } from "../prepare-buffer.js";
import { type Fold, type SharedPlan } from "./shared-plan.js";

export interface SharedExecutorOptions<T extends SharedOperation> {
  readonly host: HostMemory;
  /** Of the world: the ranks of this host, in the order of their local ranks, and how many there are. */
  readonly ranks: readonly number[];
  readonly worldSize: number;
  /** The arena. */
  readonly memory: SharedArrayBuffer;
  readonly kernels: Kernels;
  /** Room for one block, nobody else writes there. */
  readonly scratchByteOffset: number;
  /** Hands over the part of the plan that goes across hosts, the n-th operation's. Not on a single host. */
  readonly carry: (shared: T, sequence: number) => void;
  /** Blocks until so many have been carried. */
  readonly awaitCarried: (count: number) => void;
  /** An operation is done on every rank of the host. */
  readonly done: (shared: T) => void;
}

/** Some elements that are reduced at once. */
interface Block {
  /** From the beginning of each buffer. */
  readonly byteOffset: number;
  readonly count: number;
  /** Where the result goes in this rank's arena. */
  readonly target: number;
  readonly buffers: readonly number[];
}

/** What is on its way to other hosts, or has no way to go. */
interface Begun<T> {
  readonly shared: T;
  /** Where each rank's buffer begins in this rank's arena. */
  readonly buffers: readonly number[];
  /** How many will have been carried when it has been. */
  readonly carried: number;
  /** Bytes, before it began. */
  readonly movedBefore: number;
}

/**
 * Elements that are reduced before they are written to the others: small enough that a block stays
 * in the processor's nearest cache with its sources, large enough that calls cost nothing.
 */
const blockElements = 4096;
export const sharedScratchBytes = blockElements * 4;

/** An operation with what does not change from one time to the next. */
export interface SharedOperation {
  readonly operation: Operation;
  readonly plan: SharedPlan;
  readonly description: string;
  readonly fingerprint: number;
  /** Of its buffer in the arena. */
  readonly byteOffset: number;
}

export function sharedOperation(
  operation: Operation,
  plan: SharedPlan,
  byteOffset: number,
): SharedOperation {
  const description = describe(operation);
  return { operation, plan, byteOffset, description, fingerprint: fingerprint(operation) };
}

export class SharedExecutor<T extends SharedOperation = SharedOperation> {
  /** Undefined while nobody records one. */
  trace: SharedTrace<T> | undefined;
  readonly #options: SharedExecutorOptions<T>;
  readonly #bytes: Uint8Array;
  readonly #ranks: readonly number[];
  /** A `followed` one, until another has begun. */
  #underWay: Begun<T> | undefined;
  #sequence = 0;
  #carried = 0;
  #bytesMoved = 0;

  constructor(options: SharedExecutorOptions<T>) {
    this.#options = options;
    this.#bytes = new Uint8Array(options.memory);
    this.#ranks = Array.from({ length: options.host.layout.ranks }, (_, rank) => rank);
  }

  /** Payload bytes taken from others and written to them so far. */
  get bytesMoved(): number {
    return this.#bytesMoved;
  }

  /** In place. Returns when it is done, or, where another is to follow, begun. Throws `operation_mismatch`. */
  run(shared: T): void {
    const begun = this.#begin(shared);
    const before = this.#underWay;
    this.#underWay = undefined;
    if (before !== undefined) this.#end(before);
    const { operation, plan } = shared;
    // All ranks have left the barrier in its midst, so their records may change.
    const makesWay = plan.across?.amidst === true && "followed" in operation && operation.followed;
    if (makesWay) this.#underWay = begun;
    else this.#end(begun);
  }

  /** Up to where it goes to other hosts. */
  #begin(shared: T): Begun<T> {
    const { host, kernels, worldSize, carry } = this.#options;
    const { plan, byteOffset } = shared;
    this.trace?.begin(shared);
    prepareBuffer(plan, { kernels, bytes: this.#bytes, byteOffset, size: worldSize });
    host.announce({ ...shared, byteOffset: byteOffset - host.partOf(host.rank) });
    this.trace?.mark("prepare");
    host.barrier();
    this.trace?.mark("wait for others");
    const buffers = this.#ranks.map((rank) => {
      if (host.fingerprintOf(rank) !== shared.fingerprint) this.#throwMismatch(shared, rank);
      return host.partOf(rank) + host.byteOffsetOf(rank);
    });
    const movedBefore = this.#bytesMoved;
    for (const fold of plan.folds) this.#fold(plan, fold, buffers);
    if (plan.across?.amidst === true) {
      this.trace?.mark("reduce", this.#bytesMoved - movedBefore);
      // Everyone's part of the fold is there.
      host.barrier();
      this.trace?.mark("wait for others");
    }
    if (plan.across?.plan !== undefined) {
      carry(shared, this.#sequence);
      this.#carried++;
    }
    this.#sequence++;
    return { shared, buffers, carried: this.#carried, movedBefore };
  }

  #end({ shared, buffers, carried, movedBefore }: Begun<T>): void {
    const { host, awaitCarried, done } = this.#options;
    const { plan } = shared;
    this.trace?.turnTo(shared);
    if (plan.across !== undefined) {
      if (plan.across.plan !== undefined) awaitCarried(carried);
      // What came is there for the others.
      if (plan.across.amidst) host.barrier();
      this.trace?.mark("across hosts");
    }
    this.#copy(plan, buffers);
    if (plan.across === undefined) this.trace?.mark("reduce", this.#bytesMoved - movedBefore);
    else if (plan.across.amidst) this.trace?.mark("copy");
    host.barrier();
    this.trace?.mark("wait for end");
    this.trace?.end();
    done(shared);
  }

  #fold(plan: SharedPlan, { range, into, finish }: Fold, buffers: readonly number[]): void {
    const { host, kernels } = this.#options;
    const { dtype, postscale: factor, divisor } = plan;
    const [first = 0, ...others] = into.map((rank) => buffers[rank] ?? 0);
    const scales = finish && (divisor !== 1 || factor !== 1);
    const end = range.offset + range.count;
    for (let at = range.offset; at < end; at += blockElements) {
      const count = Math.min(blockElements, end - at);
      const target = first + at * 4;
      this.#reduceBlock(plan, { byteOffset: at * 4, count, target, buffers });
      if (scales) kernels.scale(dtype, target, count, { factor, divisor });
      for (const other of others) kernels.copy(other + at * 4, target, count * 4);
    }
    const writes = into.filter((rank) => rank !== host.rank).length;
    this.#bytesMoved += range.count * 4 * (this.#ranks.length - 1 + writes);
  }

  /** Rank r + 1 first, then on around the ring, the own elements last. */
  #reduceBlock(plan: SharedPlan, { byteOffset, count, target, buffers }: Block): void {
    const { host, kernels, scratchByteOffset: scratch } = this.#options;
    const { dtype } = plan;
    const op = kernelOpOf(plan);
    const size = this.#ranks.length;
    const source = (step: number): number => (buffers[(host.rank + step) % size] ?? 0) + byteOffset;
    let reduced = source(1);
    for (let step = 2; step < size; step++) {
      kernels.reduce(op, dtype, scratch, source(step), reduced, count);
      reduced = scratch;
    }
    kernels.reduce(op, dtype, target, source(0), reduced, count);
  }

  #copy({ copies }: SharedPlan, buffers: readonly number[]): void {
    const { host, kernels } = this.#options;
    const own = buffers[host.rank] ?? 0;
    for (const { peer, from, to, count } of copies) {
      kernels.copy(own + to * 4, (buffers[peer] ?? 0) + from * 4, count * 4);
      this.#bytesMoved += count * 4;
    }
  }

  #throwMismatch({ description }: SharedOperation, localPeer: number): never {
    const { host, ranks } = this.#options;
    const [rank = host.rank, peer = localPeer] = [ranks[host.rank], ranks[localPeer]];
    const sequence = this.#sequence;
    const theirs = host.descriptionOf(localPeer);
    throw operationMismatch({ rank, peer, sequence, ours: description, theirs });
  }
}
