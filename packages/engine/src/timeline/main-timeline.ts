/** What the main thread writes into a timeline. Times are `performance.now()`, as the meter's are. */
import { absent } from "@kolo/core";
import { type MainSpan, type Meter, type Timeline } from "../engine.js";
import { clockOffsetUs } from "./thread-clock.js";
import { Submissions, type TimelineMemory, trackOf } from "./timeline-memory.js";
import { TrackWriter } from "./track.js";

export class MainTimeline implements Timeline {
  readonly #track: TrackWriter;
  readonly #submissions: Submissions;
  readonly #meter: Pick<Meter, "steps">;
  readonly #offsetUs = clockOffsetUs();

  /** The meter knows which step it is. */
  constructor(memory: TimelineMemory, meter: Pick<Meter, "steps">) {
    this.#track = new TrackWriter(trackOf(memory, "main"));
    this.#submissions = new Submissions(memory);
    this.#meter = meter;
  }

  span(kind: MainSpan, fromMs: number, toMs: number, operation = absent): void {
    this.#track.write(
      kind,
      this.#us(fromMs),
      this.#us(toMs),
      operation,
      this.#meter.steps,
      absent,
      absent,
      absent,
    );
  }

  /** Before it is. */
  submitted(slot: number): void {
    this.#submissions.note(slot, this.#us(performance.now()), this.#meter.steps);
  }

  #us(ms: number): number {
    return ms * 1000 + this.#offsetUs;
  }
}
