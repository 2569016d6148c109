/**
 * A rank whose job has failed ends as soon as it meets kolo again. One that does not, since it computes
 * for long, waits for something else, or has caught the error, is ended here, where no launcher is:
 * SIGTERM, and where the main thread is too busy for it, SIGKILL.
 */
import { type KoloError, type Logger } from "@kolo/core";

const graceMs = 5000;
const killMs = 2000;

export function endUnheard(error: KoloError, logger: Logger): void {
  setTimeout(() => {
    logger.error(`${error.message}; ending this rank, which has not ended by itself`);
    process.kill(process.pid, "SIGTERM");
    setTimeout(() => {
      process.kill(process.pid, "SIGKILL");
    }, killMs);
  }, graceMs);
}
