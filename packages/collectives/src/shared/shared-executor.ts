/**
 * Runs plans over memory that all ranks see, one operation at a time, blocking: enter a barrier,
 * reduce or copy straight from the peers' buffers, leave by another. Where there are other hosts, what
 * goes to them over links goes in between, and another thread carries it.
 *
 * What all ranks must agree on (the fingerprint) and where each has its buffer stands in the
 * records that they read after the first barrier.
 */
import { type Kernels } from "@kolo/kernels";
import { type HostMemory } from "@kolo/shared-memory";
import { type ExecutionTrace } from "../execution-trace.js";
import { describe, fingerprint, type Operation } from "../operation.js";
import { operationMismatch } from "../operation-mismatch.js";
import { kernelOpOf } from "../plan/plan.js";
import { prepareBuffer } from "../prepare-buffer.js";
import { type Across, type Fold, type SharedPlan } from "./shared-plan.js";

export interface SharedExecutorOptions {
  readonly host: HostMemory;
  /** Of the world: the ranks of this host, in the order of their local ranks, and how many there are. */
  readonly ranks: readonly number[];
  readonly worldSize: number;
  /** The arena. */
  readonly memory: SharedArrayBuffer;
  readonly kernels: Kernels;
  /** Room for one block, nobody else writes there. */
  readonly scratchByteOffset: number;
  /**
   * Carries the part of the plan that goes across hosts, the n-th operation's, and returns when that
   * has been done: blocks. Never called on a single host.
   */
  readonly carry: (shared: SharedOperation, sequence: number) => void;
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

export class SharedExecutor {
  /** Undefined while nobody records one. */
  trace: ExecutionTrace | undefined;
  readonly #options: SharedExecutorOptions;
  readonly #bytes: Uint8Array;
  readonly #ranks: readonly number[];
  /** Where each rank's buffer begins in this rank's arena. */
  readonly #buffers: number[];
  #sequence = 0;
  #bytesMoved = 0;

  constructor(options: SharedExecutorOptions) {
    this.#options = options;
    this.#bytes = new Uint8Array(options.memory);
    this.#ranks = Array.from({ length: options.host.layout.ranks }, (_, rank) => rank);
    this.#buffers = this.#ranks.map(() => 0);
  }

  /** Payload bytes taken from others and written to them so far. */
  get bytesMoved(): number {
    return this.#bytesMoved;
  }

  /** In place. Returns when it is done on every rank. Throws `operation_mismatch`. */
  run(shared: SharedOperation): void {
    const { host, kernels, worldSize } = this.#options;
    const { plan, byteOffset } = shared;
    prepareBuffer(plan, { kernels, bytes: this.#bytes, byteOffset, size: worldSize });
    host.announce({ ...shared, byteOffset: byteOffset - host.partOf(host.rank) });
    this.trace?.mark("prepare");
    host.barrier();
    this.trace?.mark("wait for others");
    for (const rank of this.#ranks) {
      if (host.fingerprintOf(rank) !== shared.fingerprint) this.#throwMismatch(shared, rank);
      this.#buffers[rank] = host.partOf(rank) + host.byteOffsetOf(rank);
    }
    const movedBefore = this.#bytesMoved;
    for (const fold of plan.folds) this.#fold(plan, fold);
    if (plan.across !== undefined) this.#goAcross(shared, plan.across, movedBefore);
    this.#copy(plan);
    if (plan.across === undefined) this.trace?.mark("reduce", this.#bytesMoved - movedBefore);
    else if (plan.across.amidst) this.trace?.mark("copy");
    host.barrier();
    this.trace?.mark("wait for end");
    this.#sequence++;
  }

  /** Once everyone's part of the fold is there; others then find there what came. */
  #goAcross(shared: SharedOperation, { plan, amidst }: Across, movedBefore: number): void {
    const { host, carry } = this.#options;
    if (amidst) {
      this.trace?.mark("reduce", this.#bytesMoved - movedBefore);
      host.barrier();
      this.trace?.mark("wait for others");
    }
    if (plan !== undefined) carry(shared, this.#sequence);
    if (amidst) host.barrier();
    this.trace?.mark("across hosts");
  }

  #fold(plan: SharedPlan, { range, into, finish }: Fold): void {
    const { host, kernels } = this.#options;
    const { dtype, postscale: factor, divisor } = plan;
    const [first = 0, ...others] = into.map((rank) => this.#buffers[rank] ?? 0);
    const scales = finish && (divisor !== 1 || factor !== 1);
    const end = range.offset + range.count;
    for (let at = range.offset; at < end; at += blockElements) {
      const count = Math.min(blockElements, end - at);
      const target = first + at * 4;
      this.#reduceBlock(plan, at * 4, count, target);
      if (scales) kernels.scale(dtype, target, count, { factor, divisor });
      for (const other of others) kernels.copy(other + at * 4, target, count * 4);
    }
    const writes = into.filter((rank) => rank !== host.rank).length;
    this.#bytesMoved += range.count * 4 * (this.#ranks.length - 1 + writes);
  }

  /** Rank r + 1 first, then on around the ring, the own elements last. */
  #reduceBlock(plan: SharedPlan, byteOffset: number, count: number, target: number): void {
    const { host, kernels, scratchByteOffset: scratch } = this.#options;
    const { dtype } = plan;
    const op = kernelOpOf(plan);
    const size = this.#ranks.length;
    const source = (step: number): number =>
      (this.#buffers[(host.rank + step) % size] ?? 0) + byteOffset;
    let reduced = source(1);
    for (let step = 2; step < size; step++) {
      kernels.reduce(op, dtype, scratch, source(step), reduced, count);
      reduced = scratch;
    }
    kernels.reduce(op, dtype, target, source(0), reduced, count);
  }

  #copy({ copies }: SharedPlan): void {
    const { host, kernels } = this.#options;
    const own = this.#buffers[host.rank] ?? 0;
    for (const { peer, from, to, count } of copies) {
      kernels.copy(own + to * 4, (this.#buffers[peer] ?? 0) + from * 4, count * 4);
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
