/** Entry of the thread that shares memory with the other ranks of the host. */
import { parentPort, workerData } from "node:worker_threads";
import { SharedMemoryWorker } from "./thread/shared-memory-worker.js";
import { type ServeMessage, type SharedThreadData } from "./thread-messages.js";

const worker = new SharedMemoryWorker(workerData as SharedThreadData);

parentPort?.once("message", (message: ServeMessage) => {
  const notice = worker.serve(message, (part) => {
    parentPort?.postMessage(part);
  });
  if (notice !== undefined) parentPort?.postMessage(notice);
});
