/**
 * What the communication thread does: joins the world, takes operations from the main thread, runs
 * them in order over the ring, and tells both sides when something fails. Where the ranks of the
 * host share memory, another thread runs the operations, and this one watches, and carries for it what
 * goes to other hosts. The first failure is latched; afterwards nothing runs, and the main thread gets
 * that failure from every call.
 */
import { describe, Executor, railOf } from "@kolo/collectives";
import {
  type ErrorWire,
  fromWire,
  isKoloError,
  KoloError,
  systemClock,
  toWire,
  worldOfOne,
} from "@kolo/core";
import { type ManifestEntry, type Membership, type RankStatistics } from "@kolo/rendezvous";
import { type Transport } from "@kolo/transport";
import { simdKernels } from "@kolo/kernels";
import { type HostLayout } from "@kolo/shared-memory";
import { receiveMessageOnPort } from "node:worker_threads";
import { mayShare, reserved } from "../arena-layout.js";
import { ControlBlock, threadState } from "../control-block.js";
import { planRing, segmentBytes } from "../planning.js";
import { type SharedMeter, sharedMeter } from "../shared-meter.js";
import {
  type CarryMessage,
  type FailureNotice,
  type MainMessage,
  type PrepareMessage,
  type ThreadData,
} from "../thread-messages.js";
import { endWithParent } from "../placed/end-with-parent.js";
import { stderrLogger } from "../stderr-logger.js";
import { endUnheard } from "./end-unheard.js";
import { prepareWorld } from "./enter-world.js";
import { HostSharing, type OverLinks } from "./host-sharing.js";
import { LinkOperations } from "./link-operations.js";
import { OperationQueue } from "./operation-queue.js";
import { combineProgress, SharedQueue } from "./shared-queue.js";
import { Suspicion } from "./suspicion.js";
import { TimelineRecorder } from "./timeline-recorder.js";

const lookMs = 100;
/** For the last words to get out of this process, which waits for them a little. */
const tellingMs = 50;

/** What comes with init(). */
interface Attached {
  readonly memory: WebAssembly.Memory;
  readonly host: HostLayout | undefined;
}

export class CommunicationThread {
  readonly #data: ThreadData;
  readonly #control: ControlBlock;
  readonly #meter: SharedMeter;
  readonly #queue: OperationQueue;
  readonly #shared: SharedQueue;
  readonly #sharing: HostSharing;
  readonly #suspicion: Suspicion;
  readonly #timeline: TimelineRecorder;
  readonly #operations: LinkOperations;
  #transport: Transport | undefined;
  #membership: Membership | undefined;
  #executor: Executor | undefined;
  readonly #attached: Promise<Attached>;
  #takeArena: (attached: Attached) => void = () => undefined;
  /** What broke a link; the thread that shares memory does not notice. */
  #brokenLink: KoloError | undefined;
  /** What the links have carried before the operations that are handed to them part by part. */
  #firstSequence = 0;
  #carrying: Promise<void> = Promise.resolve();
  #failed = false;
  #leaving = false;

  constructor(data: ThreadData) {
    this.#data = data;
    this.#control = new ControlBlock(data.control);
    this.#meter = sharedMeter(data.meter);
    this.#queue = new OperationQueue({
      clock: systemClock,
      onChange: () => undefined,
      onFailure: (error) => {
        this.#broken(asKoloError(error));
      },
    });
    this.#suspicion = new Suspicion({
      clock: systemClock,
      isWaiting: () => this.#queue.isBusy || this.#shared.isBusy,
      tell: (error) => this.#membership?.fail(error),
      end: (error) => {
        this.#end(error);
      },
    });
    this.#timeline = new TimelineRecorder({
      environment: data.environment,
      logger: stderrLogger(data.environment),
      isSharing: () => this.#control.isSharing,
    });
    if (data.timeline !== undefined) this.#timeline.start(data.timeline);
    this.#operations = new LinkOperations({
      surroundings: data.environment,
      isSharing: () => this.#control.isSharing,
      meter: this.#meter,
      logger: stderrLogger(data.environment),
      timeline: () => this.#timeline.runner,
    });
    this.#shared = new SharedQueue(this.#control);
    this.#attached = new Promise((resolve) => (this.#takeArena = resolve));
    this.#sharing = new HostSharing({
      environment: data.environment,
      control: this.#control,
      port: data.sharedPort,
      timeline: data.timeline?.memory,
      onFailure: (error) => {
        this.fail(asKoloError(error));
      },
      onCarry: (message) => {
        this.#carry(message);
      },
    });
    const lookForParent = data.launch === undefined ? () => undefined : endWithParent();
    // This also keeps the thread's event loop alive.
    setInterval(() => {
      lookForParent();
      this.#timeline.drain();
      this.#missPeer();
    }, lookMs);
    data.port.on("message", (message: MainMessage) => {
      this.#take(message);
    });
  }

  async run(): Promise<void> {
    try {
      const { transport, join } = await prepareWorld(this.#data, {
        progress: () => combineProgress(this.#queue.progress(), this.#shared.progress()),
        statistics: () => this.#statistics(),
        onAbort: (error) => {
          this.#end(error);
        },
      });
      const { memory, host } = await this.#attached;
      this.#transport = transport;
      this.#membership = await join();
      this.#executor = this.#connect(transport, memory);
      await this.#sharing.agree(memory, host, this.#overLinks);
      this.#firstSequence = this.#queue.progress().submitted;
      if (!this.#failed) this.#control.state = threadState.ready;
    } catch (error) {
      this.fail(asKoloError(error));
    }
  }

  /** Latches a failure of this rank and tells the world. */
  fail(error: KoloError): void {
    if (this.#failed) return;
    this.#membership?.fail(error);
    this.#end(error);
  }

  /** What ended an operation or a link: latched, unless the coordinator may know better. */
  #broken(error: KoloError): void {
    if (this.#control.isSharing && !this.#shared.isBusy) this.#brokenLink = error;
    if (error.code === "peer_lost" && this.#membership !== undefined) this.#suspicion.raise(error);
    else this.fail(error);
  }

  /** Latches a failure the world knows. */
  #end(error: KoloError): void {
    if (this.#failed || this.#control.state === threadState.closed) return;
    this.#failed = true;
    this.#executor?.abort(error);
    const notice: FailureNotice = { failure: toWire(error) };
    this.#data.port.postMessage(notice);
    this.#control.state = threadState.failed;
    // A launcher would see to that.
    if (this.#data.launch !== undefined) endUnheard(error, stderrLogger(this.#data.environment));
  }

  #take(message: MainMessage): void {
    if (typeof message === "object" && message.type === "quit") {
      void this.#quitSaying(message.failure);
    }
    if (this.#failed) return;
    if (typeof message === "number") {
      this.#start(message);
      return;
    }
    switch (message.type) {
      case "attach":
        this.#takeArena(message);
        return;
      case "prepare":
        this.#prepare(message);
        return;
      case "release":
        this.#timeline.release(message.id);
        this.#operations.release(message.id);
        this.#shared.release(message.id);
        return;
      case "manifest":
        this.#compare(message.slot, message.entries);
        return;
      case "report":
        this.#membership?.report(message.progress);
        return;
      case "startTimeline":
        this.#timeline.start(message.start);
        return;
      case "stopTimeline":
        this.#timeline.stop();
        this.#control.complete(message.slot);
        return;
      case "leave":
        void this.#leave(message.together);
        return;
      case "quit":
        return;
    }
  }

  #connect(transport: Transport, memory: WebAssembly.Memory): Executor {
    const kernels = simdKernels(memory);
    const executor = new Executor({
      world: this.#world,
      generation: this.#membership?.generation ?? 0,
      transport,
      memory: memory.buffer,
      kernels,
      scratchByteOffset: reserved.segment,
      scratchBytes: segmentBytes,
      onFailure: (error) => {
        if (!this.#leaving) this.#broken(error);
      },
    });
    this.#operations.attach({ executor, memory, kernels });
    executor.connect();
    const environment = this.#data.environment;
    if (environment !== undefined && mayShare(environment)) {
      executor.connect(railOf({ rank: environment.world.rank, hosts: environment.hosts }));
    }
    return executor;
  }

  #prepare(message: PrepareMessage): void {
    this.#timeline.announce(message);
    if (this.#control.isSharing) this.#shared.announce(message.id, describe(message.operation));
    this.#operations.prepare(message);
  }

  /** Takes messages that are there already, without waiting for the event loop to bring them. */
  #takeUntil(isEnough: () => boolean): void {
    while (!isEnough()) {
      const received = receiveMessageOnPort(this.#data.port) as
        { message: MainMessage } | undefined;
      if (received === undefined) return;
      this.#take(received.message);
    }
  }

  /** Runs what the thread that shares memory waits for, in the order in which that has come to it. */
  #carry({ carry: id, sequence }: CarryMessage): void {
    // Announced on another port, but before.
    this.#takeUntil(() => this.#operations.has(id));
    this.#carrying = this.#carrying.then(async () => {
      if (this.#failed) return;
      try {
        await this.#operations.run(id, { sequence: this.#firstSequence + sequence, queued: false });
        this.#control.carry();
      } catch (error) {
        this.#broken(asKoloError(error));
      }
    });
  }

  #start(id: number): void {
    this.#queue.submit({
      description: this.#operations.describe(id),
      run: async (sequence) => {
        const { slot } = await this.#operations.run(id, { sequence, queued: true });
        this.#control.complete(slot);
      },
    });
  }

  /** Where no link is needed for an operation, a broken one matters only once a peer is waited for. */
  #missPeer(): void {
    if (this.#brokenLink === undefined || !this.#shared.isBusy || this.#leaving) return;
    this.#broken(this.#brokenLink);
    this.#brokenLink = undefined;
  }

  /** Runs an operation of this thread's own. Ends never where the world fails. */
  readonly #overLinks: OverLinks = (operation, byteOffset) => {
    const plan = planRing(operation, this.#world);
    return new Promise((resolve) => {
      this.#queue.submit({
        description: describe(operation),
        run: async (sequence) => {
          await this.#executor?.run(sequence, operation, plan, byteOffset);
          resolve();
        },
      });
    });
  };

  #compare(slot: number, entries: readonly ManifestEntry[]): void {
    this.#queue.submit({
      description: "compare parameters",
      run: async () => {
        await this.#membership?.proposeManifest(entries);
        this.#control.complete(slot);
      },
    });
  }

  /** From in here the thread ends between two events; from outside, Node may abort in one of them. */
  #quit(): void {
    this.#timeline.close();
    this.#control.state = threadState.closed;
    process.exit(0);
  }

  /** A world that has failed needs no telling. */
  async #quitSaying(failure: ErrorWire | undefined): Promise<void> {
    const membership = this.#membership;
    if (failure !== undefined && membership !== undefined && !this.#failed) {
      membership.fail(fromWire(failure));
      await new Promise((resolve) => setTimeout(resolve, tellingMs));
    }
    this.#quit();
  }

  async #leave(together: boolean): Promise<void> {
    if (this.#leaving) return;
    try {
      if (together) await Promise.all([this.#queue.idle(), this.#shared.idle()]);
      this.#timeline.close();
      this.#leaving = true;
      const farewell = this.#membership?.leave();
      if (together) await farewell;
      else await Promise.race([farewell, new Promise((resolve) => setTimeout(resolve, 50))]);
      // Once it is closed the process may end at once, and this thread with it, from outside: its
      // links must have ended before that, for the peers' sake, and lest Node abort in one of them.
      await this.#transport?.close();
      await this.#membership?.close();
      if (together) this.#control.state = threadState.closed;
      else this.#quit();
    } catch (error) {
      this.fail(asKoloError(error));
    }
  }

  get #world() {
    return this.#data.environment?.world ?? worldOfOne;
  }

  #statistics(): RankStatistics {
    const { steps, skippedSteps, microBatches, sampledBatches, samples, planHash } = this.#meter;
    const { computeMs, packMs, waitMs, unpackMs } = this.#meter;
    const bytesSent = this.#meter.bytesSent + this.#control.sharedBytes;
    const bytesUncompressed = this.#meter.bytesUncompressed + this.#control.sharedBytes;
    const times = { computeMs, packMs, waitMs, unpackMs };
    const counts = { steps, skippedSteps, microBatches, sampledBatches, samples };
    return { ...counts, planHash, bytesSent, bytesUncompressed, ...times };
  }
}

function asKoloError(error: unknown): KoloError {
  if (isKoloError(error)) return error;
  return new KoloError("internal", "the communication thread failed", { cause: error });
}
