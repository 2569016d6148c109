/** Starts the thread that shares memory; it waits until it is told what to serve. */
import { fromWire, KoloError } from "@kolo/core";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import {
  type CarryMessage,
  type FailureNotice,
  type ServeMessage,
  type SharedThreadData,
} from "./thread-messages.js";

export interface SharedThread {
  serve(message: ServeMessage): void;
  /** Where there is nothing to share. */
  stop(): void;
}

export interface SharedThreadHooks {
  /** It fails or ends unasked. */
  readonly onFailure: (error: Error) => void;
  /** It waits for links to carry something. */
  readonly onCarry: (message: CarryMessage) => void;
}

export function startSharedThread(
  data: SharedThreadData,
  { onFailure, onCarry }: SharedThreadHooks,
): SharedThread {
  const worker = new Worker(join(__dirname, "shared-memory-thread.js"), {
    name: "kolo-shared-memory",
    workerData: data,
    transferList: [data.port],
    execArgv: [],
  });
  let failed = false;
  const fail = (error: Error): void => {
    if (!failed) onFailure(error);
    failed = true;
  };
  worker.on("message", (message: FailureNotice | CarryMessage) => {
    if ("carry" in message) onCarry(message);
    else fail(fromWire(message.failure));
  });
  worker.on("error", (cause) => {
    fail(
      new KoloError("communication_thread_lost", "the thread that shares memory failed", { cause }),
    );
  });
  worker.unref();
  return {
    serve: (message) => {
      worker.postMessage(message);
    },
    stop: () => {
      failed = true;
      void worker.terminate();
    },
  };
}
