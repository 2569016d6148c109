/** Entry of the communication thread. Lives from the start of the process to its end. */
import { isKoloError, KoloError } from "@kolo/core";
import { workerData } from "node:worker_threads";
import { CommunicationThread } from "./thread/communication.js";
import { type ThreadData } from "./thread-messages.js";

const thread = new CommunicationThread(workerData as ThreadData);

process.on("uncaughtException", (error: unknown) => {
  thread.fail(
    isKoloError(error)
      ? error
      : new KoloError("internal", "the communication thread met an error nobody expected", {
          cause: error,
        }),
  );
});

void thread.run();
