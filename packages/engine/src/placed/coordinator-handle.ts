/** The coordinator's thread as rank 0 holds it. It must outlast the world, and so must rank 0's process. */
import { join } from "node:path";
import { MessageChannel, Worker } from "node:worker_threads";
import { type CoordinatorData, type RankZeroMessage } from "./coordinator-messages.js";

/** Longer than the coordinator waits for what explains an exit code, and tells the ranks. */
const failureMs = 2000;
const sliceMs = 250;

export interface CoordinatorHandle {
  /** Resolves when all ranks have left. */
  readonly closed: () => Promise<void>;
  /**
   * In the process' last moments: blocks until all ranks have left; where this one ends badly, only
   * until they have been told.
   */
  readonly outlast: (exitCode: number) => void;
}

export function startCoordinatorThread(
  data: Omit<CoordinatorData, "port" | "closed">,
): CoordinatorHandle {
  const closed = new SharedArrayBuffer(4);
  const word = new Int32Array(closed);
  const { port1, port2 } = new MessageChannel();
  port1.unref();
  const worker = new Worker(join(__dirname, "coordinator-thread.js"), {
    name: "kolo-coordinator",
    workerData: { ...data, port: port2, closed } satisfies CoordinatorData,
    transferList: [port2],
    execArgv: [],
  });
  const exited = new Promise<void>((resolve) => {
    worker.once("exit", () => {
      Atomics.store(word, 0, 1);
      resolve();
    });
  });
  // It says so itself, and the ranks notice.
  worker.on("error", () => undefined);
  worker.unref();
  return {
    closed: async () => {
      worker.ref();
      await exited;
    },
    outlast: (exitCode) => {
      const endMs = exitCode === 0 ? Infinity : performance.now() + failureMs;
      if (exitCode !== 0) port1.postMessage({ exitCode } satisfies RankZeroMessage);
      while (Atomics.load(word, 0) === 0 && performance.now() < endMs) {
        Atomics.wait(word, 0, 0, sliceMs);
      }
    },
  };
}
