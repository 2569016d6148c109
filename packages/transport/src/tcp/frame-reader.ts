/**
 * Takes frames out of a stream of bytes, cut anyhow. It says where the next bytes belong and is told
 * how many are there, so that a socket can read a payload straight to its place:
 *
 *   header ──▶ description ──▶ payload ──▶ header          (an empty one is skipped)
 *      └─ KEND ──▶ ended, and every further byte is refused
 *
 * The place of a payload is asked for when its header has been checked. Where nobody has one it goes
 * to memory of the reader's own, room for one segment.
 */
import { isUtf8 } from "node:buffer";
import { elementBytes, KoloError } from "@kolo/core";
import { type IncomingSegment, type SegmentHeader } from "../link.js";
import { blankSegment } from "../segment-codec.js";
import { Fill } from "./fill.js";
import {
  decodeFrameHeader,
  frameHeaderBytes,
  type FrameLimits,
  malformedFrame,
} from "./frame-header.js";

/** What has become complete: nothing yet, a segment, or the stream. */
export type Progress = "more" | "segment" | "end";

export interface FrameReaderOptions extends FrameLimits {
  /** Where the payload of this segment belongs: its length exactly, or undefined. May refuse. */
  readonly place: (segment: SegmentHeader) => Uint8Array | undefined;
}

export class FrameReader {
  readonly #options: FrameReaderOptions;
  readonly #header = Buffer.alloc(frameHeaderBytes);
  readonly #fill = new Fill<Buffer>(this.#header);
  #stage: "header" | "description" | "payload" | "ended" = "header";
  /** For payloads that have no place yet; made when there is one. */
  #spare: Buffer | undefined;
  readonly #segment = blankSegment();

  constructor(options: FrameReaderOptions) {
    this.#options = options;
  }

  /** The latest complete segment; the same object every time. */
  get segment(): IncomingSegment {
    return this.#segment;
  }

  /** Where the next bytes of the stream belong; never empty. */
  target(): Uint8Array {
    return this.#fill.rest();
  }

  /** So many bytes have been written to `target()`. Refuses with `message_invalid`. */
  filled(byteCount: number): Progress {
    if (this.#stage === "ended") throw this.#malformed("nothing after KEND", "more bytes");
    this.#fill.add(byteCount);
    if (!this.#fill.isFull) return "more";
    switch (this.#stage) {
      case "header":
        return this.#takeHeader();
      case "description":
        return this.#takeDescription();
      case "payload":
        return this.#complete();
    }
  }

  #takeHeader(): Progress {
    const descriptionBytes = decodeFrameHeader(this.#header, this.#segment, this.#options);
    if (descriptionBytes === undefined) {
      this.#next("ended", this.#header);
      return "end";
    }
    this.#segment.description = "";
    if (descriptionBytes === 0) return this.#awaitPayload();
    this.#next("description", Buffer.alloc(descriptionBytes));
    return "more";
  }

  #takeDescription(): Progress {
    const bytes = this.#fill.buffer;
    if (!isUtf8(bytes)) throw this.#malformed("a description in UTF-8", "other bytes");
    this.#segment.description = bytes.toString();
    return this.#awaitPayload();
  }

  #awaitPayload(): Progress {
    const byteCount = this.#segment.count * elementBytes;
    const buffer = this.#placeOf(byteCount);
    this.#segment.message = buffer;
    this.#next("payload", buffer);
    return byteCount === 0 ? this.#complete() : "more";
  }

  #placeOf(byteCount: number): Buffer {
    const { place, peer, segmentBytes } = this.#options;
    const placed = place(this.#segment);
    if (placed === undefined) {
      this.#spare ??= Buffer.allocUnsafeSlow(segmentBytes);
      return this.#spare.subarray(0, byteCount);
    }
    if (placed.length !== byteCount) {
      const message = `expected a place of ${byteCount} bytes, got one of ${placed.length}`;
      throw new KoloError("internal", message, { peer });
    }
    return Buffer.from(placed.buffer, placed.byteOffset, placed.length);
  }

  #complete(): Progress {
    this.#next("header", this.#header);
    return "segment";
  }

  #next(stage: "header" | "description" | "payload" | "ended", buffer: Buffer): void {
    this.#stage = stage;
    this.#fill.reset(buffer);
  }

  #malformed(expected: string, got: string): KoloError {
    return malformedFrame(this.#options.peer, expected, got);
  }
}
