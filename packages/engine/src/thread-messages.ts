/** What the two threads of a rank post to each other. Completions are words of the control block. */
import { type Operation } from "@kolo/collectives";
import { type ErrorWire, type RankEnvironment } from "@kolo/core";
import { type ManifestEntry, type TrainingProgress } from "@kolo/rendezvous";
import { type MessagePort } from "node:worker_threads";

/** What the communication thread is started with. */
export interface ThreadData {
  /** Undefined where no launcher started this process: a world of one. */
  readonly environment: RankEnvironment | undefined;
  readonly koloVersion: string;
  readonly control: SharedArrayBuffer;
  readonly meter: SharedArrayBuffer;
  readonly port: MessagePort;
}

/** From the main thread. A bare number starts the operation prepared in that slot. */
export type MainMessage =
  | number
  | { readonly type: "attach"; readonly memory: WebAssembly.Memory }
  | {
      readonly type: "prepare";
      readonly slot: number;
      readonly operation: Operation;
      readonly byteOffset: number;
    }
  | { readonly type: "release"; readonly slot: number }
  | {
      readonly type: "manifest";
      readonly slot: number;
      readonly entries: readonly ManifestEntry[];
    }
  | { readonly type: "report"; readonly progress: TrainingProgress }
  /** Leave the world when all submitted operations are done; with all others, or on one's own. */
  | { readonly type: "leave"; readonly together: boolean }
  /** The process is about to end, badly: stop at once. */
  | { readonly type: "quit" };

/** From the communication thread, taken with `receiveMessageOnPort`. */
export interface FailureNotice {
  readonly failure: ErrorWire;
}
