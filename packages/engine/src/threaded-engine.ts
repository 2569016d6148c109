/** The main thread's engine: owns the arena and hands operations to the communication thread. */
import { type BasePlan, describe, type Operation, validateOperation } from "@kolo/collectives";
import { type ExchangeSettings, hashHex, KoloError, type Logger, type World } from "@kolo/core";
import { type ManifestEntry, type TrainingProgress } from "@kolo/rendezvous";
import { type Arena } from "./arena.js";
import { maxSlots, threadState } from "./control-block.js";
import {
  type CompressedOperation,
  type CompressionOptions,
  type Elements,
  type Engine,
  type Meter,
  type PreparedOperation,
  type PrepareOptions,
  type Timeline,
  type Traffic,
} from "./engine.js";
import { ExchangeRegions } from "./exchange-regions.js";
import { type PlacedHook, placeHook } from "./place-hook.js";
import { planFor } from "./planning.js";
import { stderrLogger } from "./stderr-logger.js";
import { type ThreadHandle } from "./thread-handle.js";

const mostLoggedPlans = 1000;

export class ThreadedEngine implements Engine {
  readonly world: World;
  readonly logger: Logger;
  readonly exchange: ExchangeSettings;
  readonly #thread: ThreadHandle;
  readonly #arena: Arena;
  readonly #exchanges: ExchangeRegions;
  readonly #onShutdown: () => void;
  readonly #freeSlots: number[] = [];
  readonly #loggedPlans = new Set<string>();
  #nextSlot = 0;
  #nextId = 0;

  /** `onShutdown` is called once this rank has left the world. */
  constructor(world: World, thread: ThreadHandle, arena: Arena, onShutdown: () => void) {
    this.world = world;
    this.logger = stderrLogger(thread.environment);
    this.exchange = thread.environment?.exchange ?? {};
    this.#thread = thread;
    this.#arena = arena;
    this.#exchanges = new ExchangeRegions(arena);
    this.#onShutdown = onShutdown;
  }

  get meter(): Meter {
    return this.#thread.meter;
  }

  get traffic(): Traffic {
    const { meter, control } = this.#thread;
    const bytesSent = meter.bytesSent + control.sharedBytes;
    return { bytesSent, bytesUncompressed: meter.bytesUncompressed + control.sharedBytes };
  }

  get timeline(): Timeline | undefined {
    return this.#thread.timeline;
  }

  get failure(): KoloError | undefined {
    return this.#thread.failure;
  }

  get hasSegments(): boolean {
    return !this.#thread.control.isSharing || this.world.crossSize > 1;
  }

  get compressionSize(): number {
    const { size, crossSize } = this.world;
    return this.#thread.control.isSharing ? crossSize : size;
  }

  prepare(given: Operation, options: PrepareOptions = {}): PreparedOperation {
    this.#thread.throwIfOver();
    validateOperation(given, this.world.size);
    const { compression } = options;
    // What must agree travels with the operation.
    const operation = withCompression(given, compression);
    const segmentBytes = this.#segmentBytes(options);
    const { layout, hash } = this.#plan(operation, segmentBytes);
    this.#logPlan(operation, hashHex(hash));
    const held = new Held();
    try {
      const slot = held.add(this.#takeSlot(), (taken) => this.#freeSlots.push(taken));
      const hook = held.add(compression && this.#placeHook(operation, compression), (placed) =>
        placed?.release(),
      );
      const bytes = layout.elements * 4;
      const byteOffset = held.add(this.#arena.allocate(bytes), (offset) => {
        this.#arena.free(offset, bytes);
      });
      const id = this.#nextId++;
      const placed = hook && { hook: hook.placement };
      this.#thread.announce({
        ...{ type: "prepare", id, slot, operation, byteOffset, segmentBytes },
        ...placed,
      });

      const integers = "dtype" in operation && operation.dtype === "int32";
      const view = ({ offset, count }: { offset: number; count: number }): Elements =>
        integers
          ? new Int32Array(this.#arena.buffer, byteOffset + offset * 4, count)
          : new Float32Array(this.#arena.buffer, byteOffset + offset * 4, count);
      return new ArenaOperation({
        operation,
        input: view(layout.input),
        output: view(layout.output),
        compressed: hook,
        id,
        slot,
        thread: this.#thread,
        release: () => {
          held.release();
        },
      });
    } catch (error) {
      held.release();
      throw error;
    }
  }

  planHash(operation: Operation, options: PrepareOptions = {}): string {
    return hashHex(this.#plan(operation, this.#segmentBytes(options)).hash);
  }

  /**
   * A barrier goes round first: ranks that are somewhere else in their program learn of it from
   * their neighbours at once, and the comparison then tells which tensor differs.
   */
  compareManifestSync(entries: readonly ManifestEntry[]): void {
    const barrier = this.prepare({ kind: "barrier", name: "compare parameters" });
    barrier.start();
    barrier.waitSync();
    barrier.release();
    const slot = this.#takeSlot();
    const before = this.#thread.control.completed(slot);
    this.#thread.post({ type: "manifest", slot, entries });
    this.#thread.waitSync(() => this.#thread.control.completed(slot) !== before);
    this.#freeSlots.push(slot);
  }

  startTimeline(file: string | undefined): void {
    this.#thread.throwIfOver();
    this.#thread.startTimeline(file);
  }

  async stopTimeline(): Promise<void> {
    if (this.#thread.timeline === undefined) return;
    const slot = this.#takeSlot();
    const before = this.#thread.control.completed(slot);
    this.#thread.stopTimeline(slot);
    await this.#thread.wait(() => this.#thread.control.completed(slot) !== before);
    this.#freeSlots.push(slot);
  }

  report(progress: TrainingProgress): void {
    this.#thread.post({ type: "report", progress });
  }

  async shutdown(): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.#thread.post({ type: "leave", together: true });
    await this.#thread.wait(() => this.#thread.control.state === threadState.closed);
    this.#onShutdown();
    await this.#thread.meeting?.coordinator?.closed();
    if (this.#thread.environment === undefined) await this.#thread.worker.terminate();
  }

  #placeHook(operation: Operation, options: CompressionOptions): PlacedHook | undefined {
    const { environment, control } = this.#thread;
    const room = { arena: this.#arena, exchanges: this.#exchanges };
    return placeHook(operation, options, room, environment, control.isSharing);
  }

  #segmentBytes({ segmentBytes }: PrepareOptions): number | undefined {
    return segmentBytes ?? this.exchange.segmentBytes;
  }

  #plan(operation: Operation, segmentBytes: number | undefined): BasePlan {
    return planFor(
      operation,
      this.#thread.environment,
      this.#thread.control.isSharing,
      segmentBytes,
    );
  }

  /** Each plan once, and so many: a collective without a name has another one at every call. */
  #logPlan(operation: Operation, hash: string): void {
    if (this.#loggedPlans.has(hash) || this.#loggedPlans.size === mostLoggedPlans) return;
    this.#loggedPlans.add(hash);
    this.logger.debug(`plan ${hash}: ${describe(operation)}`);
  }

  #takeSlot(): number {
    const slot = this.#freeSlots.pop() ?? this.#nextSlot++;
    if (slot < maxSlots) return slot;
    throw new KoloError(
      "arena_exhausted",
      `expected at most ${maxSlots} operations prepared at once, got one more; release some`,
    );
  }
}

/** What one operation holds, given back together: at its release, or when it cannot be prepared. */
class Held {
  readonly #releases: (() => unknown)[] = [];

  add<T>(what: T, release: (what: T) => unknown): T {
    this.#releases.push(() => release(what));
    return what;
  }

  release(): void {
    for (const release of this.#releases.splice(0)) release();
  }
}

function withCompression(
  operation: Operation,
  compression: CompressionOptions | undefined,
): Operation {
  if (compression === undefined || operation.kind !== "allReduce") return operation;
  return { ...operation, compression: compression.how };
}

interface ArenaOperationOptions {
  readonly operation: Operation;
  readonly input: Elements;
  readonly output: Elements;
  readonly compressed: CompressedOperation | undefined;
  readonly id: number;
  readonly slot: number;
  readonly thread: ThreadHandle;
  readonly release: () => void;
}

class ArenaOperation implements PreparedOperation {
  readonly operation: Operation;
  readonly id: number;
  readonly input: Elements;
  readonly output: Elements;
  readonly compressed: CompressedOperation | undefined;
  readonly #options: ArenaOperationOptions;
  /** What the slot's word will count when the operations started so far are done. */
  #target: number;

  constructor(options: ArenaOperationOptions) {
    this.operation = options.operation;
    this.id = options.id;
    this.input = options.input;
    this.output = options.output;
    this.compressed = options.compressed;
    this.#options = options;
    this.#target = options.thread.control.completed(options.slot);
  }

  start(): void {
    const { thread, id, slot } = this.#options;
    thread.throwIfOver();
    if (!this.#done()) {
      throw new KoloError("internal", "expected an operation to end before it starts again", {
        operation: this.operation.name,
      });
    }
    this.#target = (this.#target + 1) | 0;
    thread.timeline?.submitted(slot);
    thread.start(id);
  }

  waitSync(): void {
    const { thread, id } = this.#options;
    const { timeline } = thread;
    const fromMs = timeline === undefined ? 0 : performance.now();
    thread.waitSync(this.#done);
    timeline?.span("wait", fromMs, performance.now(), id);
  }

  async wait(): Promise<void> {
    await this.#options.thread.wait(this.#done);
  }

  release(): void {
    const { thread, id, release } = this.#options;
    // A failed world runs nothing any more; its regions are not handed out again either.
    if (!this.#done()) return;
    thread.announce({ type: "release", id });
    release();
  }

  /** Counts wrap around; and a slot that has been handed on since counts further. */
  readonly #done = (): boolean =>
    ((this.#options.thread.control.completed(this.#options.slot) - this.#target) | 0) >= 0;
}
