/**
 * Runs operations over memory that the ranks of this host share. It has no event loop to look after,
 * so it sleeps in the kernel, both for work and for the other ranks, and is woken in microseconds.
 */
import { SharedExecutor, sharedOperation, type SharedOperation } from "@kolo/collectives";
import { ranksByHost, toWire } from "@kolo/core";
import { simdKernels } from "@kolo/kernels";
import { HostMemory, loadLibc } from "@kolo/shared-memory";
import { availableParallelism } from "node:os";
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { reserved } from "../arena-layout.js";
import { ControlBlock } from "../control-block.js";
import { planSharing, type Surroundings } from "../planning.js";
import { RunnerTimeline } from "../timeline/runner-timeline.js";
import { type TimelineMemory } from "../timeline/timeline-memory.js";
import {
  type CarryMessage,
  type FailureNotice,
  type ServeMessage,
  type SharedMessage,
  type SharedThreadData,
} from "../thread-messages.js";

interface Prepared extends SharedOperation {
  readonly id: number;
  readonly slot: number;
}

/** The world has failed or been left, and the communication thread knows. */
class WorldIsOver extends Error {}

export class SharedMemoryWorker {
  readonly #control: ControlBlock;
  readonly #port: MessagePort;
  readonly #prepared = new Map<number, Prepared>();
  #timeline: RunnerTimeline | undefined;

  constructor({ control, port, timeline }: SharedThreadData) {
    this.#control = new ControlBlock(control);
    this.#port = port;
    this.#record(timeline);
  }

  /**
   * Blocks until the world is over; returns why, where this thread is the first to know. What goes over
   * links is handed to `carry`, and the control block counts what is done of it.
   */
  serve(
    { memory, layout, address, world, hosts }: ServeMessage,
    carry: (message: CarryMessage) => void,
  ): FailureNotice | undefined {
    const control = this.#control;
    const spins = spinsFor(layout.ranks);
    const host = new HostMemory({
      memory: memory.buffer,
      layout,
      address,
      rank: world.localRank,
      libc: loadLibc(),
      spins,
      throwIfOver: () => {
        if (control.isOver) throw new WorldIsOver();
      },
    });
    const executor = new SharedExecutor<Prepared>({
      host,
      memory: memory.buffer,
      kernels: simdKernels(memory),
      scratchByteOffset: reserved.block,
      ranks: ranksByHost(hosts)[world.crossRank] ?? [],
      worldSize: world.size,
      carry: ({ id }, sequence) => {
        carry({ carry: id, sequence });
      },
      awaitCarried: (count) => {
        if (!control.awaitCarried(count)) throw new WorldIsOver();
      },
      done: ({ slot }) => {
        control.finish(slot, executor.bytesMoved);
      },
    });
    const place = { world, hosts };
    try {
      for (let taken = 0; control.awaitSubmission(taken, spins); taken = (taken + 1) | 0) {
        this.#hear(place);
        const operation = this.#prepared.get(control.submission(taken));
        if (operation === undefined) throw new Error("expected an operation to be announced");
        control.begin();
        executor.trace = this.#timeline;
        executor.run(operation);
      }
    } catch (error) {
      if (!(error instanceof WorldIsOver)) return { failure: toWire(error) };
    } finally {
      this.#port.close();
    }
    return undefined;
  }

  #record(memory: TimelineMemory | undefined): void {
    // What has made way for others is under way.
    this.#timeline?.end();
    this.#timeline = memory && new RunnerTimeline(memory, "shared memory");
  }

  /** What was announced came before what was submitted. */
  #hear(place: Surroundings): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#port) as { message: SharedMessage } | undefined;
      if (received === undefined) return;
      const { message } = received;
      if (message.type === "release") {
        this.#prepared.delete(message.id);
        continue;
      }
      if (message.type === "timeline") {
        this.#record(message.memory);
        continue;
      }
      const { id, slot, operation, byteOffset, segmentBytes } = message;
      const plan = planSharing(operation, place, segmentBytes);
      this.#prepared.set(id, { id, slot, ...sharedOperation(operation, plan, byteOffset) });
    }
  }
}

/** A few microseconds, where every rank of the host has a core to itself; where not, next to none. */
function spinsFor(ranks: number): number {
  return ranks <= availableParallelism() ? 2000 : 50;
}
