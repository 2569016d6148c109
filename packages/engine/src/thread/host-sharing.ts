/**
 * This thread's side of sharing memory with the other ranks of the host: starts the thread that will
 * do so, agrees with the other ranks, and says why where that is not possible.
 */
import { type Operation } from "@kolo/collectives";
import { KoloError, type RankEnvironment, ranksByHost } from "@kolo/core";
import { type HostLayout } from "@kolo/shared-memory";
import { type MessagePort } from "node:worker_threads";
import { mayShare, reserved } from "../arena-layout.js";
import { type ControlBlock } from "../control-block.js";
import { type SharedThread, startSharedThread } from "../start-shared-thread.js";
import { stderrLogger } from "../stderr-logger.js";
import { type TimelineMemory } from "../timeline/timeline-memory.js";
import { type CarryMessage } from "../thread-messages.js";
import { exchangedWords, shareHostMemory } from "./share-host-memory.js";

export interface HostSharingOptions {
  /** Undefined where no launcher started this process. */
  readonly environment: RankEnvironment | undefined;
  readonly control: ControlBlock;
  /** From the main thread to the one that shares memory. */
  readonly port: MessagePort;
  /** Where one is recorded from the start. */
  readonly timeline: TimelineMemory | undefined;
  readonly onFailure: (error: Error) => void;
  /** A part of an operation is to go over links. */
  readonly onCarry: (message: CarryMessage) => void;
}

/** Runs an operation over links, on the buffer at this byte of the arena. */
export type OverLinks = (operation: Operation, byteOffset: number) => Promise<void>;

export class HostSharing {
  readonly #environment: RankEnvironment | undefined;
  readonly #control: ControlBlock;
  readonly #thread: SharedThread | undefined;

  constructor(options: HostSharingOptions) {
    const { environment, control, port, timeline } = options;
    this.#environment = environment;
    this.#control = control;
    if (environment === undefined || !mayShare(environment)) return;
    // Early, since it takes a while to start; the memory comes later.
    this.#thread = startSharedThread({ control: control.buffer, port, timeline }, options);
  }

  /**
   * Sets `sharing` of the control block, on all ranks or on none. Throws `transport_unavailable`
   * where that was asked for and cannot be.
   */
  async agree(
    memory: WebAssembly.Memory,
    layout: HostLayout | undefined,
    overLinks: OverLinks,
  ): Promise<void> {
    if (this.#environment === undefined || this.#thread === undefined || layout === undefined)
      return;
    const logger = stderrLogger(this.#environment);
    const { world, hosts, transport } = this.#environment;
    const { rank, size, crossRank, crossSize } = world;
    const sharing = await shareHostMemory({
      memory: memory.buffer,
      layout,
      rank,
      members: ranksByHost(hosts)[crossRank] ?? [],
      exchange: async (words) => {
        const counts = Array<number>(size).fill(exchangedWords);
        const all = new Int32Array(memory.buffer, reserved.exchange, size * exchangedWords);
        all.fill(0).set(words, rank * exchangedWords);
        // The ring's buffer is the result, and nothing else.
        await overLinks(
          {
            ...{ kind: "allGather", name: "share memory", dtype: "int32", counts, rowShape: [] },
            algorithm: "ring",
          },
          reserved.exchange,
        );
        return counts.map((count, peer) => [...all.subarray(peer * count, (peer + 1) * count)]);
      },
    });
    if (sharing.works) {
      this.#thread.serve({ memory, layout, address: sharing.address, world, hosts });
      this.#control.share();
      const where = crossSize === 1 ? "" : `, those of each of ${crossSize} hosts`;
      if (rank === 0) {
        logger.debug(`${size} ranks share memory${where}, ${layout.partBytes} bytes each`);
      }
      return;
    }
    this.#thread.stop();
    const { failedRank, reason = "that rank says why" } = sharing;
    if (transport.startsWith("shm")) {
      throw new KoloError(
        "transport_unavailable",
        `expected the ranks to share memory (--transport ${transport}), but rank ${failedRank} cannot: ${reason}`,
        { rank },
      );
    }
    if (failedRank !== rank) return;
    const ranks = crossSize === 1 ? "of this host" : `of all ${crossSize} hosts`;
    logger.warn(`the ranks ${ranks} do not share memory, so tensors go over gRPC: ${reason}`);
  }
}
