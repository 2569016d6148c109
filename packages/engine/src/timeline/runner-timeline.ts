/**
 * What a thread that runs operations writes into a timeline: how long each waited in the queue, its
 * phases as the executor marks them, and the whole of it around them.
 */
import { type ExecutionPhase, type SharedTrace } from "@kolo/collectives";
import { absent, type TraceThread } from "@kolo/core";
import { clockOffsetUs } from "./thread-clock.js";
import { Submissions, type TimelineMemory, trackOf } from "./timeline-memory.js";
import { TrackWriter } from "./track.js";

/** As it was prepared. */
interface Runnable {
  readonly id: number;
  readonly slot: number;
}

export class RunnerTimeline implements SharedTrace<Runnable> {
  readonly #track: TrackWriter;
  readonly #submissions: Submissions;
  readonly #offsetUs = clockOffsetUs();
  #operation = absent;
  #step = 0;
  #beganUs = 0;
  #markedUs = 0;

  constructor(memory: TimelineMemory, thread: TraceThread) {
    this.#track = new TrackWriter(trackOf(memory, thread));
    this.#submissions = new Submissions(memory);
  }

  /** An operation's turn has come; not `queued` where another thread hands on a part of it. */
  begin(operation: Runnable, queued = true): void {
    this.turnTo(operation);
    const submittedUs = this.#submissions.us(operation.slot);
    if (queued && submittedUs > 0) this.#write("queue", submittedUs, this.#beganUs);
  }

  /** What made way for another runs in two parts. */
  turnTo({ id, slot }: Runnable): void {
    if (this.#operation === id) return;
    this.end();
    this.#operation = id;
    this.#step = this.#submissions.step(slot);
    this.#beganUs = this.#markedUs = this.#nowUs();
  }

  mark(phase: ExecutionPhase, bytes = absent, hop = absent, peer = absent): void {
    // The thread's own operations, by which ranks find each other, have none of all this.
    if (this.#operation === absent) return;
    const nowUs = this.#nowUs();
    this.#write(phase, this.#markedUs, nowUs, bytes, hop, peer);
    this.#markedUs = nowUs;
  }

  /** Before anybody is told that it is done, who might then release it. */
  end(): void {
    if (this.#operation !== absent) this.#write("run", this.#beganUs, this.#nowUs());
    this.#operation = absent;
  }

  #write(
    kind: ExecutionPhase | "queue" | "run",
    fromUs: number,
    toUs: number,
    bytes = absent,
    hop = absent,
    peer = absent,
  ): void {
    this.#track.write(kind, fromUs, toUs, this.#operation, this.#step, bytes, hop, peer);
  }

  #nowUs(): number {
    return performance.now() * 1000 + this.#offsetUs;
  }
}
