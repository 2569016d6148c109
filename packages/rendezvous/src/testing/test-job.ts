/** A coordinator on loopback with a clock that stands still, for the tests. */
import { Client, credentials, Metadata, type status, type StatusObject } from "@grpc/grpc-js";
import { authorizationKey, bearerOf, ManualClock, silentLogger, toWire } from "@kolo/core";
import { EventEmitter, once } from "node:events";
import { type Coordinator, type CoordinatorLimits, startCoordinator } from "../coordinator.js";
import { limits, progress } from "./job-fixture.js";
import { joinWorld } from "../join-world.js";
import { type JoinWorldOptions, type Membership } from "../membership.js";
import { type OperationProgress, type RankStatistics, type TrainingProgress } from "../messages.js";
import { attendMethod } from "../wire/attend-method.js";

export const token = "0123456789abcdef-secret";

export const noStatistics: RankStatistics = {
  steps: 0,
  skippedSteps: 0,
  microBatches: 0,
  sampledBatches: 0,
  samples: 0,
  computeMs: 0,
  packMs: 0,
  waitMs: 0,
  unpackMs: 0,
  bytesSent: 0,
  bytesUncompressed: 0,
  planHash: "",
};

const noProgress: TrainingProgress = {
  epoch: 1,
  epochs: 1,
  step: 0,
  stepsPerEpoch: 0,
  samplesPerSecond: 0,
  metrics: [],
  epochEnd: false,
};

type Heard = "progress" | "warning" | "failure" | "farewell" | "abort";

export class TestJob {
  readonly clock = new ManualClock();
  /** What the listener and the ranks heard, in order; "progress" left out. */
  readonly heard: string[] = [];
  /** How far each rank is; what its heartbeats say. */
  readonly progress: OperationProgress[];
  readonly #emitter = new EventEmitter();
  readonly #memberships: Membership[] = [];
  #coordinator: Coordinator | undefined;

  constructor(readonly size: number) {
    this.progress = Array.from({ length: size }, () => progress());
  }

  static async start(size: number, change: Partial<CoordinatorLimits> = {}): Promise<TestJob> {
    const job = new TestJob(size);
    job.#coordinator = await startCoordinator({
      size,
      token,
      koloVersion: "0.1.0",
      clock: job.clock,
      logger: silentLogger,
      limits: { ...limits, ...change },
      listener: {
        onProgress: (rank, shown) => {
          job.#emitter.emit("progress", rank, shown);
        },
        onWarning: (text) => {
          job.note("warning", text);
        },
        onFailure: (rootCause) => {
          job.note("failure", rootCause);
        },
        onFarewell: (statistics) => {
          job.note("farewell", statistics);
        },
      },
    });
    return job;
  }

  get coordinator(): Coordinator {
    if (this.#coordinator === undefined) throw new Error("the coordinator has not started");
    return this.#coordinator;
  }

  note(what: Heard, detail: unknown): void {
    this.heard.push(what);
    this.#emitter.emit(what, detail);
  }

  /** What is heard next of a kind. */
  next(what: Heard): Promise<unknown[]> {
    return once(this.#emitter, what);
  }

  /** What is heard next of a kind, `count` times. */
  collect(count: number, what: Heard): Promise<unknown[]> {
    return new Promise((resolve) => {
      const all: unknown[] = [];
      this.#emitter.on(what, (detail) => {
        all.push(detail);
        if (all.length === count) resolve(all);
      });
    });
  }

  /** Resolves when the coordinator has taken all that these ranks have sent so far. */
  async arrived(...memberships: readonly Membership[]): Promise<void> {
    for (const membership of memberships) {
      const last = this.next("progress");
      membership.report(noProgress);
      await last;
    }
  }

  async join(rank: number, change: Partial<JoinWorldOptions> = {}): Promise<Membership> {
    const membership = await joinWorld({
      coordinator: this.coordinator.address,
      token,
      rank,
      size: this.size,
      address: `127.0.0.1:${9000 + rank}`,
      host: `host-${rank}`,
      transport: "grpc",
      koloVersion: "0.1.0",
      progress: () => this.progress[rank] ?? progress(),
      statistics: () => ({ ...noStatistics, steps: rank }),
      onAbort: (error, rootCause) => {
        this.note("abort", { error: toWire(error), rootCause });
      },
      clock: this.clock,
      ...change,
    });
    this.#memberships.push(membership);
    return membership;
  }

  joinAll(): Promise<Membership[]> {
    return Promise.all(this.progress.map((_, rank) => this.join(rank)));
  }

  /** A stream that sends what it is given, and its status when it has ended. */
  raw(secret: string | undefined = token): RawStream {
    return new RawStream(this.coordinator.address, secret);
  }

  async close(): Promise<void> {
    for (const membership of this.#memberships) await membership.close();
    await this.#coordinator?.close();
  }
}

export class RawStream {
  readonly #client: Client;
  readonly #call;
  readonly ended: Promise<status>;

  constructor(address: string, secret: string | undefined) {
    const metadata = new Metadata();
    if (secret !== undefined) {
      metadata.set(authorizationKey, bearerOf(secret));
    }
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    const asIs = (bytes: Buffer): Buffer => bytes;
    this.#call = this.#client.makeBidiStreamRequest(attendMethod().path, asIs, asIs, metadata);
    this.#call.on("error", () => undefined);
    this.#call.resume();
    this.ended = new Promise((resolve) => {
      this.#call.on("status", (ended: StatusObject) => {
        this.#client.close();
        resolve(ended.code);
      });
    });
  }

  write(bytes: Uint8Array): this {
    this.#call.write(Buffer.from(bytes));
    return this;
  }

  end(): this {
    this.#call.end();
    return this;
  }
}
