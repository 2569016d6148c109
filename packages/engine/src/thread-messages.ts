/** What the two threads of a rank post to each other. Completions are words of the control block. */
import { type Operation } from "@kolo/collectives";
import { type Compressing, type Matrix } from "@kolo/compression";
import { type ErrorWire, type LaunchMessage, type RankEnvironment, type World } from "@kolo/core";
import { type ManifestEntry, type TrainingProgress } from "@kolo/rendezvous";
import { type HostLayout } from "@kolo/shared-memory";
import { type TimelineMemory } from "./timeline/timeline-memory.js";
import { type TimelineStart } from "./timeline/timeline-writer.js";
import { type MessagePort } from "node:worker_threads";

/** What the communication thread is started with. */
export interface ThreadData {
  /** Undefined where no launcher started this process: a world of one. */
  readonly environment: RankEnvironment | undefined;
  /** The pipe that the rank's secrets come over; undefined without a launcher. */
  readonly controlFd: number | undefined;
  /** The secrets themselves, where the ranks have met without a launcher. */
  readonly launch: LaunchMessage | undefined;
  readonly koloVersion: string;
  readonly control: SharedArrayBuffer;
  readonly meter: SharedArrayBuffer;
  readonly port: MessagePort;
  /** From the main thread to the one that shares memory, if there will be one. */
  readonly sharedPort: MessagePort;
  /** Where one is recorded from the start. */
  readonly timeline: TimelineStart | undefined;
}

/** What the thread that shares memory is started with. */
export interface SharedThreadData {
  readonly control: SharedArrayBuffer;
  readonly port: MessagePort;
  readonly timeline: TimelineMemory | undefined;
}

/** From the communication thread, once the ranks of the host share memory. */
export interface ServeMessage {
  readonly memory: WebAssembly.Memory;
  readonly layout: HostLayout;
  /** At which the shared header is mapped. */
  readonly address: bigint;
  readonly world: World;
  /** Of each rank. */
  readonly hosts: readonly number[];
}

/**
 * From the thread that shares memory: the part of operation `carry` that goes over links is to be
 * carried, the `sequence`-th of all operations. The control block tells when that is done.
 */
export interface CarryMessage {
  readonly carry: number;
  readonly sequence: number;
}

/** From the main thread to the one that shares memory; operations start by the control block. */
export type SharedMessage =
  | PrepareMessage
  | ReleaseMessage
  /** Record into this from now on, or no more. */
  | { readonly type: "timeline"; readonly memory: TimelineMemory | undefined };

export interface PrepareMessage {
  readonly type: "prepare";
  /** Of this operation, for ever. */
  readonly id: number;
  /** Where its completions are counted, until it is released. */
  readonly slot: number;
  readonly operation: Operation;
  readonly byteOffset: number;
  /** Over links; undefined: what fits the operation. */
  readonly segmentBytes: number | undefined;
  /** For this rank to compress. */
  readonly hook?: HookPlacement;
}

/** What the main thread has found a place in the arena for. */
export interface HookPlacement {
  readonly how: Compressing;
  /** In what this rank exchanges. */
  readonly matrices: readonly Matrix[];
  /** Byte offsets, and lengths in elements. */
  readonly state: ArenaRange;
  readonly exchange: ArenaRange;
  /** Of the element with the unit. */
  readonly unitByteOffset: number | undefined;
}

export interface ArenaRange {
  readonly byteOffset: number;
  readonly count: number;
}

export interface ReleaseMessage {
  readonly type: "release";
  readonly id: number;
}

/** From the main thread. A bare number starts the operation of that id. */
export type MainMessage =
  | number
  | {
      readonly type: "attach";
      readonly memory: WebAssembly.Memory;
      /** Where ranks may share memory. */
      readonly host: HostLayout | undefined;
    }
  | PrepareMessage
  | ReleaseMessage
  | {
      readonly type: "manifest";
      readonly slot: number;
      readonly entries: readonly ManifestEntry[];
    }
  | { readonly type: "report"; readonly progress: TrainingProgress }
  | { readonly type: "startTimeline"; readonly start: TimelineStart }
  /** The slot completes when the rank's part of the trace is. */
  | { readonly type: "stopTimeline"; readonly slot: number }
  /** Leave the world when all submitted operations are done; with all others, or on one's own. */
  | { readonly type: "leave"; readonly together: boolean }
  /** The process is about to end, badly: stop at once, and tell the world why where nobody else does. */
  | { readonly type: "quit"; readonly failure?: ErrorWire };

/** From a communication thread; from the main one, taken with `receiveMessageOnPort`. */
export interface FailureNotice {
  readonly failure: ErrorWire;
}
