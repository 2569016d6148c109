/**
 * One rank of a world that exists only in a test: the test says what the world answers. Operations
 * complete at once, or in order by hand (`manual`, `completeNext`). It keeps the engine's contract
 * strictly: what may be garbage is garbage, and what may not happen throws.
 */
import { type Operation, validateOperation } from "@kolo/collectives";
import { HookState } from "@kolo/compression";
import {
  type ExchangeSettings,
  fnv1a,
  hashHex,
  type KoloError,
  type Logger,
  silentLogger,
  type World,
} from "@kolo/core";
import {
  type CompressedOperation,
  type CompressionOptions,
  type Elements,
  type Engine,
  type ManifestEntry,
  type Meter,
  type PreparedOperation,
  type PrepareOptions,
  type Timeline,
} from "@kolo/engine";

/** What this rank gets when it gives `input`. */
export type Reply = (operation: Operation, input: readonly number[]) => readonly number[];

export interface FakeEngineOptions {
  readonly rank?: number;
  readonly size?: number;
  /** Hosts. Default 1. */
  readonly crossSize?: number;
  /** Default: as if this rank were alone. */
  readonly reply?: Reply;
  /** Operations complete by `completeNext`, or when somebody blocks on them. */
  readonly manual?: boolean;
}

export class FakeEngine implements Engine {
  readonly world: World;
  logger: Logger = silentLogger;
  /** As if tsrun had been told so. */
  exchange: ExchangeSettings = {};
  hasSegments = true;
  /**
   * From 2 on, compressed operations have a state of a residual and a velocity, to each of which what
   * is given is added, and nothing of it is sent.
   */
  compressionSize = 1;
  readonly traffic = { bytesSent: 0, bytesUncompressed: 0 };
  readonly meter: Meter = {
    stepBeganMs: undefined,
    steps: 0,
    skippedSteps: 0,
    microBatches: 0,
    sampledBatches: 0,
    samples: 0,
    computeMs: 0,
    packMs: 0,
    waitMs: 0,
    unpackMs: 0,
    planHash: "",
  };
  /** For a test to look at. */
  timeline: Timeline | undefined;
  failure: KoloError | undefined;
  /** Every operation, in the order of its start. */
  readonly started: Operation[] = [];
  readonly manifests: (readonly ManifestEntry[])[] = [];
  /** What operations were prepared with, by name. */
  readonly compressions = new Map<string, CompressionOptions>();
  /** Operations that were prepared and not released. */
  prepared = 0;
  readonly #reply: Reply;
  readonly #manual: boolean;
  readonly #underWay: FakeOperation[] = [];

  constructor(options: FakeEngineOptions = {}) {
    const { rank = 0, size = 1, crossSize = 1, reply, manual = false } = options;
    this.world = { rank, size, localRank: rank, localSize: size, crossRank: 0, crossSize };
    this.#reply = reply ?? ((_operation, input) => input);
    this.#manual = manual;
  }

  /** The operation that was started first and has not completed. */
  get current(): Operation | undefined {
    return this.#underWay[0]?.operation;
  }

  prepare(operation: Operation, { compression }: PrepareOptions = {}): PreparedOperation {
    if (this.failure !== undefined) throw this.failure;
    validateOperation(operation, this.world.size);
    this.prepared++;
    if (compression !== undefined) this.compressions.set(operation.name, compression);
    const compresses = compression !== undefined && this.compressionSize > 1;
    const counts = { ...elementsOf(operation, this.world.rank), compresses };
    return new FakeOperation(operation, this.prepared, counts, {
      started: (started) => {
        if (this.failure !== undefined) throw this.failure;
        this.started.push(operation);
        this.#underWay.push(started);
        if (!this.#manual) this.completeNext();
      },
      blockedOn: (waited) => {
        while (this.#underWay.includes(waited)) this.completeNext();
      },
      released: () => {
        this.prepared--;
      },
    });
  }

  completeNext(): void {
    const operation = this.#underWay.shift();
    if (operation === undefined) throw new Error("expected an operation under way");
    operation.complete(this.failure ?? this.#reply);
  }

  planHash(operation: Operation): string {
    return hashHex(fnv1a(JSON.stringify(operation)));
  }

  compareManifestSync(manifest: readonly ManifestEntry[]): void {
    if (this.failure !== undefined) throw this.failure;
    this.manifests.push(manifest);
  }

  startTimeline(): void {
    // Nobody looks.
  }

  stopTimeline(): Promise<void> {
    return Promise.resolve();
  }

  report(): void {
    // Nobody looks.
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

interface Hooks {
  readonly started: (operation: FakeOperation) => void;
  readonly blockedOn: (operation: FakeOperation) => void;
  readonly released: () => void;
}

class FakeOperation implements PreparedOperation {
  readonly operation: Operation;
  readonly id: number;
  readonly input: Elements;
  readonly output: Elements;
  readonly compressed: CompressedOperation | undefined;
  readonly #hooks: Hooks;
  #end: Promise<void> = Promise.resolve();
  #resolve: () => void = () => undefined;
  #error: KoloError | undefined;
  #released = false;
  #waiting = 0;

  constructor(
    operation: Operation,
    id: number,
    counts: { input: number; output: number; compresses: boolean },
    hooks: Hooks,
  ) {
    this.operation = operation;
    this.id = id;
    this.#hooks = hooks;
    const make = (count: number): Elements => {
      const bytes = new SharedArrayBuffer(count * 4);
      const integers = "dtype" in operation && operation.dtype === "int32";
      return integers ? new Int32Array(bytes) : new Float32Array(bytes);
    };
    this.input = make(counts.input);
    this.output = make(counts.output);
    if (!counts.compresses) return;
    const lengths = [counts.input, counts.input];
    this.compressed = {
      state: new HookState(new Float32Array(HookState.elements(lengths)), lengths),
      slice: { offset: 0, count: counts.input },
    };
  }

  start(): void {
    if (this.#released) throw new Error("expected no start after the release");
    this.#end = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.output.fill(garbage);
    this.#hooks.started(this);
  }

  complete(outcome: Reply | KoloError): void {
    if (typeof outcome === "function") this.output.set(outcome(this.operation, [...this.input]));
    else this.#error = outcome;
    this.#keep();
    this.input.fill(garbage);
    this.#resolve();
  }

  #keep(): void {
    if (this.compressed === undefined) return;
    const { state } = this.compressed;
    for (const array of [0, 1]) {
      const before = state.current(array);
      state.next(array).set(this.input.map((value, i) => (before[i] ?? 0) + value));
    }
    state.advance();
  }

  waitSync(): void {
    this.#hooks.blockedOn(this);
    if (this.#error !== undefined) throw this.#error;
  }

  async wait(): Promise<void> {
    this.#waiting++;
    await this.#end;
    this.#waiting--;
    if (this.#error !== undefined) throw this.#error;
  }

  release(): void {
    if (this.#released) throw new Error("expected one release");
    if (this.#waiting > 0) throw new Error("expected no release while somebody waits");
    this.#released = true;
    this.output.fill(garbage);
    this.#hooks.released();
  }
}

const garbage = -12345;

function elementsOf(operation: Operation, rank: number): { input: number; output: number } {
  const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
  switch (operation.kind) {
    case "barrier":
      return { input: 0, output: 0 };
    case "allReduce":
    case "broadcast": {
      const count = operation.shape.reduce((a, b) => a * b, 1);
      return { input: count, output: count };
    }
    case "allGather":
      return { input: operation.counts[rank] ?? 0, output: sum(operation.counts) };
    case "reduceScatter":
      return { input: sum(operation.counts), output: operation.counts[rank] ?? 0 };
    case "allToAll":
      return {
        input: sum(operation.splits[rank] ?? []),
        output: sum(operation.splits.map((row) => row[rank] ?? 0)),
      };
  }
}
