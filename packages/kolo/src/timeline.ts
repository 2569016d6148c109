/** Recording a timeline from within a program: some steps of a long job, say. */
import { session } from "./session.js";

/**
 * Begins to record what this rank's threads do, for a trace that https://ui.perfetto.dev opens. Call it
 * on every rank, with the same file: absolute, or relative to the working directory. Without a file it
 * goes on in that of `tsrun --timeline`.
 *
 * The trace of all ranks is in the file when the job has ended, however it ended; of a program that
 * runs without tsrun, when `stopTimeline()` or `shutdown()` has resolved.
 *
 * Throws `not_initialized` outside of `init()` and `shutdown()`, `argument_invalid` while another one
 * is being recorded or where no file is known, `config_invalid` where the file cannot be written; on another
 * host than tsrun's, tsrun says so at the end.
 */
export function startTimeline(file?: string): void {
  session().startTimeline(file);
}

/**
 * Ends the recording; resolves when this rank's part of it is written. Does nothing where none is
 * being recorded, and `shutdown()` does it by itself. Throws `not_initialized`.
 */
export async function stopTimeline(): Promise<void> {
  await session().stopTimeline();
}
