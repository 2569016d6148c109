/**
 * The communication thread as the main thread holds it: start it, post to it, wait for it.
 *
 * A blocked main thread does not see a worker exit, so it waits in slices and asks whether the thread
 * has ended. One that is silent is not dead: it may be starved, or compress something large; whether it
 * still gets on is for the coordinator to judge, by its heartbeats. While something is awaited (not
 * blocked on), the worker is ref'd, so that the process stays; otherwise it never keeps a process alive.
 */
import {
  fromWire,
  isKoloError,
  KoloError,
  type LaunchedEnvironment,
  type LaunchMessage,
  type RankEnvironment,
} from "@kolo/core";
import { join } from "node:path";
import {
  MessageChannel,
  type MessagePort,
  receiveMessageOnPort,
  Worker,
} from "node:worker_threads";
import { ControlBlock, threadState } from "./control-block.js";
import { hasEnded } from "./has-ended.js";
import { koloVersion } from "./kolo-version.js";
import { type CoordinatorHandle } from "./placed/coordinator-handle.js";
import { sharedMeter } from "./shared-meter.js";
import { type MainTimeline } from "./timeline/main-timeline.js";
import { TimelineControl } from "./timeline/timeline-control.js";
import {
  type FailureNotice,
  type MainMessage,
  type PrepareMessage,
  type ReleaseMessage,
  type SharedMessage,
  type ThreadData,
} from "./thread-messages.js";

/** After so long without an event a blocked thread looks whether the other one lives. */
const sliceMs = 250;

/**
 * node:http2 reads into memory outside of V8's heap, 64 KiB at a time, held by next to nothing inside
 * of it. A young generation of the usual size fills so slowly that the memory behind it adds up until
 * the whole heap is marked, which took half of this thread's time. A small one lets go of it in time.
 */
const youngGenerationMb = 2;

/** What a meeting of ranks has brought this one. */
export interface Meeting {
  readonly launch: LaunchMessage;
  /** On rank 0. */
  readonly coordinator?: CoordinatorHandle;
  /** All ranks have joined. */
  readonly onWorld: () => void;
}

export type ControlPipe = Pick<LaunchedEnvironment, "controlFd">;

export class ThreadHandle {
  readonly environment: RankEnvironment | undefined;
  readonly koloVersion = koloVersion();
  readonly control = new ControlBlock();
  readonly meter = sharedMeter();
  readonly timelines: TimelineControl;
  readonly worker: Worker;
  /** Where the ranks have met without a launcher. */
  readonly meeting: Meeting | undefined;
  readonly #port: MessagePort;
  readonly #sharedPort: MessagePort;
  #failure: KoloError | undefined;
  #awaited = 0;

  /** The secrets of a rank that a launcher has started come over its control pipe. */
  constructor(environment: RankEnvironment | undefined, secrets?: Meeting | ControlPipe) {
    this.environment = environment;
    this.meeting = secrets !== undefined && "launch" in secrets ? secrets : undefined;
    this.timelines = new TimelineControl(environment, this.meter);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.unref();
    const shared = new MessageChannel();
    this.#sharedPort = shared.port1;
    shared.port1.unref();
    const data: ThreadData = {
      environment,
      controlFd: secrets !== undefined && "controlFd" in secrets ? secrets.controlFd : undefined,
      launch: this.meeting?.launch,
      koloVersion: this.koloVersion,
      control: this.control.buffer,
      meter: this.meter.buffer,
      port: port2,
      sharedPort: shared.port2,
      timeline: this.timelines.launched(),
    };
    this.worker = new Worker(join(__dirname, "communication-thread.js"), {
      name: "kolo-communication",
      workerData: data,
      transferList: [port2, shared.port2],
      // The flags of the main thread (tsx, the preload) are not for this one.
      execArgv: [],
      resourceLimits: { maxYoungGenerationSizeMb: youngGenerationMb },
    });
    this.worker.on("error", (error) => {
      this.#lose(error);
    });
    this.worker.on("exit", (code) => {
      if (this.control.state !== threadState.closed) {
        this.#lose(new Error(`the thread exited with code ${code}`));
      }
    });
    this.worker.unref();
  }

  /** Resolves when this rank has joined the world; throws what kept it from that. */
  async ready(): Promise<void> {
    await this.wait(() => this.control.state === threadState.ready);
    // The first time, which counts: its event loop turns now.
    hasEnded(this.worker);
  }

  get timeline(): MainTimeline | undefined {
    return this.timelines.current;
  }

  /** Throws `argument_invalid`, `config_invalid`. */
  startTimeline(file: string | undefined): void {
    const start = this.timelines.start(file);
    this.#port.postMessage({ type: "startTimeline", start } satisfies MainMessage);
    this.#tellSharing({ type: "timeline", memory: start.memory });
  }

  /** `slot` completes when all that was recorded is written. */
  stopTimeline(slot: number): void {
    this.timelines.stop();
    this.#tellSharing({ type: "timeline", memory: undefined });
    this.post({ type: "stopTimeline", slot });
  }

  /** The first failure of this rank or of its world. */
  get failure(): KoloError | undefined {
    if (this.#failure === undefined && this.control.state === threadState.failed) {
      const notice = receiveMessageOnPort(this.#port) as { message: FailureNotice } | undefined;
      const error = notice === undefined ? undefined : fromWire(notice.message.failure);
      this.#failure = isKoloError(error)
        ? error
        : new KoloError("internal", "the communication thread failed", { cause: error });
    }
    return this.#failure;
  }

  /** Throws the first failure, or `not_initialized` once this rank has left: nothing runs any more. */
  throwIfOver(): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.control.state === threadState.closed) {
      throw new KoloError(
        "not_initialized",
        "expected collectives before this rank leaves the world, got one after kolo.shutdown() " +
          "or while the process exits",
      );
    }
  }

  post(message: MainMessage): void {
    this.#port.postMessage(message);
  }

  /** Announces an operation to whoever will run it, or that it will not run any more. */
  announce(message: PrepareMessage | ReleaseMessage): void {
    // The communication thread reports progress, and so needs to know of all of them.
    this.#port.postMessage(message);
    this.#tellSharing(message);
  }

  /** Starts an announced operation. */
  start(id: number): void {
    if (this.control.isSharing) this.control.submit(id);
    else this.#port.postMessage(id);
  }

  /** Blocks until `done()`; throws the first failure. */
  waitSync(done: () => boolean): void {
    let ended = false;
    for (;;) {
      const seen = this.control.events;
      if (this.#isDone(done)) return;
      // Only now: what it had still to say, it has said before it ended.
      if (ended) this.#lose(new Error("it has ended"));
      this.control.waitSync(seen, sliceMs);
      ended = this.control.events === seen && hasEnded(this.worker);
    }
  }

  /** The same without blocking. */
  async wait(done: () => boolean): Promise<void> {
    if (this.#awaited++ === 0) this.worker.ref();
    try {
      for (;;) {
        const seen = this.control.events;
        if (this.#isDone(done)) return;
        await this.control.wait(seen, sliceMs);
      }
    } finally {
      if (--this.#awaited === 0) this.worker.unref();
    }
  }

  /** Throws where it will not be done any more. */
  #isDone(done: () => boolean): boolean {
    // First: the last that the thread did may be what is waited for.
    const isOver = this.failure !== undefined || this.control.state === threadState.closed;
    if (done()) return true;
    if (isOver) this.throwIfOver();
    return false;
  }

  #tellSharing(message: SharedMessage): void {
    if (this.control.isSharing) this.#sharedPort.postMessage(message);
  }

  #lose(cause: Error): void {
    // Where the thread could still say why it failed, that is the cause.
    if (this.failure !== undefined) return;
    this.#failure = new KoloError(
      "communication_thread_lost",
      `expected the communication thread of this rank to live, but ${cause.message}`,
      {
        ...(this.environment && { rank: this.environment.world.rank }),
        cause,
      },
    );
    this.control.wake();
  }
}
