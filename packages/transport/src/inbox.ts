/**
 * The receiving end of a link, whatever carries the bytes: decodes each message, offers the segment
 * to the receiver, holds it where the receiver says "not yet", and fails once.
 *
 *   reading ──accept: false──▶ holding ──resume, accept: true──▶ reading
 *      └────────────┴── fail, end ──▶ ended
 */
import { isKoloError, KoloError } from "@kolo/core";
import { type IncomingLink, type IncomingSegment, type Receiver } from "./link.js";
import { SegmentDecoder } from "./segment-codec.js";

/** Where messages come from. */
export interface MessageSource {
  /** No further message, until `resume()`. */
  pause(): void;
  resume(): void;
  /** No further message, ever: let go of all resources. */
  stop(): void;
}

export interface InboxOptions {
  readonly peer: number;
  readonly receiver: Receiver;
  /** Payload bytes of a segment at most. */
  readonly segmentBytes: number;
  readonly source: MessageSource;
}

export class Inbox implements IncomingLink {
  readonly peer: number;
  readonly #receiver: Receiver;
  readonly #decoder: SegmentDecoder;
  readonly #source: MessageSource;
  #state: "reading" | "holding" | "ended" = "reading";
  /** The segment that is offered or held; there is never more than one. */
  #segment: IncomingSegment | undefined;
  #offering = false;
  #resumedMeanwhile = false;

  constructor({ peer, receiver, segmentBytes, source }: InboxOptions) {
    this.peer = peer;
    this.#receiver = receiver;
    this.#decoder = new SegmentDecoder(peer, segmentBytes);
    this.#source = source;
  }

  /** Takes the next message. Not while one is held: the source is paused then. */
  deliver(message: Buffer): void {
    if (this.#state === "ended") return;
    let segment: IncomingSegment;
    try {
      segment = this.#decoder.decode(message);
    } catch (error) {
      this.fail(this.asKoloError(error));
      return;
    }
    this.take(segment);
  }

  /** The same, for what its source has decoded. */
  take(segment: IncomingSegment): void {
    if (this.#state === "ended") return;
    if (this.#segment !== undefined) {
      this.fail(
        new KoloError("internal", `rank ${this.peer} sent on while a segment was held`, {
          peer: this.peer,
        }),
      );
      return;
    }
    this.#segment = segment;
    this.#offer(segment);
  }

  resume(): void {
    if (this.#offering) this.#resumedMeanwhile = true;
    else if (this.#state === "holding" && this.#segment !== undefined) this.#offer(this.#segment);
  }

  /** Ends the link and tells the receiver why. */
  fail(error: KoloError): void {
    if (this.#state === "ended") return;
    this.end();
    this.#receiver.fail(this.peer, error);
  }

  /** Ends the link quietly. */
  end(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    this.#segment = undefined;
    this.#source.stop();
  }

  #offer(segment: IncomingSegment): void {
    let accepted: boolean;
    this.#offering = true;
    try {
      do {
        this.#resumedMeanwhile = false;
        accepted = this.#receiver.accept(this.peer, segment);
        // What accept() set in motion may have called resume(): the answer is stale, so ask again.
      } while (!accepted && this.#mustAskAgain());
    } catch (error) {
      this.fail(this.asKoloError(error));
      return;
    } finally {
      this.#offering = false;
    }
    if (this.#hasEnded()) return;
    if (accepted) this.#segment = undefined;
    if (accepted && this.#state === "holding") {
      this.#state = "reading";
      this.#source.resume();
    } else if (!accepted && this.#state === "reading") {
      this.#state = "holding";
      this.#source.pause();
    }
  }

  #mustAskAgain(): boolean {
    return this.#resumedMeanwhile && !this.#hasEnded();
  }

  #hasEnded(): boolean {
    return this.#state === "ended";
  }

  /** What a mistake of the receiver, or of the peer, ends the link with. */
  asKoloError(error: unknown): KoloError {
    if (isKoloError(error)) return error;
    return new KoloError("internal", `taking a segment from rank ${this.peer} threw`, {
      peer: this.peer,
      cause: error,
    });
  }
}
