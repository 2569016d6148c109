/**
 * What the communication thread does: joins the world, takes operations from the main thread, runs
 * them in order over the ring, and tells both sides when something fails. Where the ranks of the
 * host share memory, another thread runs the operations, and this one watches. The first failure is
 * latched; afterwards nothing runs, and the main thread gets that failure from every call.
 */
import { describe, Executor, type Operation, type Plan } from "@kolo/collectives";
import { isKoloError, KoloError, systemClock, toWire, worldOfOne } from "@kolo/core";
import { type ManifestEntry, type Membership, type RankStatistics } from "@kolo/rendezvous";
import { type Transport } from "@kolo/transport";
import { simdKernels } from "@kolo/kernels";
import { type HostLayout } from "@kolo/shared-memory";
import { mayShare, reserved } from "../arena-layout.js";
import { ControlBlock, threadState } from "../control-block.js";
import { planRing, segmentBytes } from "../planning.js";
import { SharedMeter } from "../shared-meter.js";
import { type SharedThread, startSharedThread } from "../start-shared-thread.js";
import { stderrLogger } from "../stderr-logger.js";
import { type FailureNotice, type MainMessage, type ThreadData } from "../thread-messages.js";
import { prepareWorld } from "./enter-world.js";
import { OperationQueue } from "./operation-queue.js";
import { exchangedWords, shareHostMemory } from "./share-host-memory.js";
import { combineProgress, SharedQueue } from "./shared-queue.js";
import { Suspicion } from "./suspicion.js";

const pulseMs = 100;

interface Prepared {
  readonly operation: Operation;
  /** Where links carry it. */
  readonly plan: Plan | undefined;
  readonly byteOffset: number;
}

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
  readonly #sharedThread: SharedThread | undefined;
  readonly #suspicion: Suspicion;
  readonly #prepared = new Map<number, Prepared>();
  #transport: Transport | undefined;
  #membership: Membership | undefined;
  #executor: Executor | undefined;
  readonly #attached: Promise<Attached>;
  #takeArena: (attached: Attached) => void = () => undefined;
  /** What broke a link; the thread that shares memory does not notice. */
  #brokenLink: KoloError | undefined;
  #failed = false;
  #leaving = false;

  constructor(data: ThreadData) {
    this.#data = data;
    this.#control = new ControlBlock(data.control);
    this.#meter = new SharedMeter(data.meter);
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
    this.#shared = new SharedQueue(this.#control, (slot) => {
      const prepared = this.#prepared.get(slot);
      return prepared === undefined ? "an operation" : describe(prepared.operation);
    });
    this.#attached = new Promise((resolve) => (this.#takeArena = resolve));
    // Early, since it takes a while; the memory comes later.
    if (data.environment !== undefined && mayShare(data.environment)) {
      const { control, sharedPort: port } = data;
      this.#sharedThread = startSharedThread({ control, port }, (error) => {
        this.fail(asKoloError(error));
      });
    }
    // The pulse also keeps this thread's event loop alive.
    setInterval(() => {
      this.#control.beat();
      this.#missPeer();
    }, pulseMs);
    data.port.on("message", (message: MainMessage) => {
      this.#take(message);
    });
  }

  async run(): Promise<void> {
    try {
      const { transport, join } = await prepareWorld(
        this.#data.environment,
        this.#data.koloVersion,
        {
          progress: () => combineProgress(this.#queue.progress(), this.#shared.progress()),
          statistics: () => this.#statistics(),
          onAbort: (error) => {
            this.#end(error);
          },
        },
      );
      const attached = await this.#attached;
      this.#transport = transport;
      this.#membership = await join();
      this.#executor = this.#connect(transport, attached.memory);
      await this.#share(attached);
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
  }

  #take(message: MainMessage): void {
    if (typeof message === "object" && message.type === "quit") this.#quit();
    if (this.#failed) return;
    if (typeof message === "number") {
      this.#start(message);
      return;
    }
    switch (message.type) {
      case "attach":
        this.#takeArena(message);
        return;
      case "prepare": {
        const { slot, operation, byteOffset } = message;
        const plan = this.#control.isSharing ? undefined : planRing(operation, this.#world);
        this.#prepared.set(slot, { operation, byteOffset, plan });
        return;
      }
      case "release":
        this.#prepared.delete(message.slot);
        return;
      case "manifest":
        this.#compare(message.slot, message.entries);
        return;
      case "report":
        this.#membership?.report(message.progress);
        return;
      case "leave":
        void this.#leave(message.together);
        return;
      case "quit":
        return;
    }
  }

  #connect(transport: Transport, memory: WebAssembly.Memory): Executor {
    const executor = new Executor({
      world: this.#world,
      generation: this.#membership?.generation ?? 0,
      transport,
      memory: memory.buffer,
      kernels: simdKernels(memory),
      scratchByteOffset: reserved.segment,
      scratchBytes: segmentBytes,
      onFailure: (error) => {
        if (!this.#leaving) this.#broken(error);
      },
    });
    executor.connect();
    return executor;
  }

  #start(slot: number): void {
    const prepared = this.#prepared.get(slot);
    const executor = this.#executor;
    if (prepared?.plan === undefined || executor === undefined) {
      this.fail(new KoloError("internal", `expected slot ${slot} to be prepared after init()`));
      return;
    }
    const { operation, plan, byteOffset } = prepared;
    this.#queue.submit({
      description: describe(operation),
      run: async (sequence) => {
        await executor.run(sequence, operation, plan, byteOffset);
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

  /** Agrees with the other ranks of the host on sharing memory; says why where that is not possible. */
  async #share({ memory, host }: Attached): Promise<void> {
    const { environment } = this.#data;
    if (environment === undefined || host === undefined || this.#sharedThread === undefined) return;
    const { rank } = environment.world;
    const sharing = await shareHostMemory({
      memory: memory.buffer,
      layout: host,
      rank,
      exchange: (words) => this.#exchange(memory.buffer, words),
    });
    if (sharing.works) {
      const { address } = sharing;
      this.#sharedThread.serve({ memory, layout: host, address, rank });
      this.#control.share();
      return;
    }
    this.#sharedThread.stop();
    const { failedRank, reason = "it says why" } = sharing;
    if (environment.transport === "shm") {
      throw new KoloError(
        "transport_unavailable",
        `expected the ranks to share memory (--transport shm), rank ${failedRank} cannot: ${reason}`,
        { rank },
      );
    }
    if (failedRank !== rank) return;
    const logger = stderrLogger(environment);
    logger.warn(`the ranks do not share memory, gradients go over gRPC: rank ${rank}: ${reason}`);
  }

  /** An all-gather of a few words, over links. */
  async #exchange(memory: SharedArrayBuffer, words: readonly number[]): Promise<number[][]> {
    const { rank, size } = this.#world;
    const counts = Array<number>(size).fill(exchangedWords);
    const all = new Int32Array(memory, reserved.exchange, size * exchangedWords);
    all.fill(0).set(words, rank * exchangedWords);
    await this.#overLinks(
      { kind: "allGather", name: "share memory", dtype: "int32", counts, rowShape: [] },
      reserved.exchange,
    );
    return counts.map((count, peer) => [...all.subarray(peer * count, (peer + 1) * count)]);
  }

  /** Runs an operation of this thread's own. Ends never where the world fails. */
  #overLinks(operation: Operation, byteOffset: number): Promise<void> {
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
  }

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
    this.#control.state = threadState.closed;
    process.exit(0);
  }

  async #leave(together: boolean): Promise<void> {
    if (this.#leaving) return;
    try {
      if (together) await Promise.all([this.#queue.idle(), this.#shared.idle()]);
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
    const { steps, sampledSteps, samples, planHash } = this.#meter;
    const { computeMs, packMs, waitMs, unpackMs } = this.#meter;
    const bytesSent = (this.#executor?.bytesSent ?? 0) + this.#control.sharedBytes;
    const times = { computeMs, packMs, waitMs, unpackMs };
    return { steps, sampledSteps, samples, planHash, bytesSent, ...times };
  }
}

function asKoloError(error: unknown): KoloError {
  if (isKoloError(error)) return error;
  return new KoloError("internal", "the communication thread failed", { cause: error });
}
