/**
 * Links: ordered segments to and from one peer. A collective knows links, never a transport.
 *
 * The receiver pulls: a rank dials the peer it receives from, and serves the peers it sends to
 * (docs/adr/0002-pull-from-the-left.md says why). Back-pressure: a receiver that says "not yet" to
 * a segment stops its link from reading until it resumes it, and with it, in time, the sender.
 */
import { type DType, type KoloError, maxSegmentBytes } from "@kolo/core";

/** What a segment is and where it belongs. Offsets and counts are in elements, not in bytes. */
export interface SegmentHeader {
  /** Membership of the world this belongs to. */
  readonly generation: number;
  /** Which operation: they are numbered from 0, in the same order on every rank. */
  readonly sequence: number;
  /** Hash of what the sender takes the operation to be. */
  readonly fingerprint: number;
  /** Which hop of the plan. */
  readonly hop: number;
  /** Which segment of the hop. */
  readonly index: number;
  readonly dtype: DType;
  /** First element, in the range that this hop moves. */
  readonly offset: number;
  readonly count: number;
  /** What the sender takes the operation to be, in words; only on the first segment of an operation. */
  readonly description: string;
}

/** A segment to send. The bytes are read when the transport asks for them, not before. */
export interface OutgoingSegment extends SegmentHeader {
  /** The memory that holds the payload: `count` elements from `byteOffset` on. */
  readonly memory: Uint8Array;
  readonly byteOffset: number;
}

/** A received segment. Valid while `accept` runs; while it is held, until it is accepted. */
export interface IncomingSegment extends SegmentHeader {
  /** The message; the payload is the `count` elements from `payloadOffset` on. */
  readonly message: Buffer;
  readonly payloadOffset: number;
}

export interface Receiver {
  /**
   * Takes a segment. False means "not yet": the link keeps it and reads no further until
   * `resume()`. Throwing refuses it: the link fails with that error, and nothing was written.
   */
  accept(peer: number, segment: IncomingSegment): boolean;
  /**
   * Where the payload of a segment belongs that is about to arrive, so that a transport that can do
   * so writes it there: memory of its length exactly, or undefined for "not yet", after which it
   * comes with `accept` as ever. What has a place is then accepted. Throwing refuses the segment.
   */
  place?(peer: number, segment: SegmentHeader): Uint8Array | undefined;
  /** The link to `peer` broke, or a segment was refused. Called at most once a link. */
  fail(peer: number, error: KoloError): void;
}

export interface IncomingLink {
  readonly peer: number;
  /** Offers the held segment again and reads on. */
  resume(): void;
}

export interface OutgoingLink {
  readonly peer: number;
  /**
   * Queues a segment. It and its memory must stay as they are until it is flushed. Throws
   * `argument_invalid` for what is no segment; once the link is broken, drops it.
   */
  send(segment: OutgoingSegment): void;
  /**
   * Resolves when every segment sent so far has left this process's memory. Rejects with
   * `peer_lost` when the peer is gone, or the transport closed, before that.
   */
  flushed(): Promise<void>;
}

export interface Transport {
  readonly name: string;
  /** Starts serving; resolves with the address at which peers dial this rank. */
  listen(): Promise<string>;
  /** Tells where every rank listens, by rank. Before it, `dial` must not be called. */
  setPeers(addresses: readonly string[]): void;
  /** Opens the link over which segments of `peer` arrive. Once a peer. */
  dial(peer: number, receiver: Receiver): IncomingLink;
  /** The link over which `peer` pulls from this rank; what is sent before it dials waits. */
  serve(peer: number): OutgoingLink;
  /** Ends all links, quietly: the peers' links end too, and do not fail. */
  close(): Promise<void>;
}

/** Payload bytes of one segment at most, unless the user says otherwise. */
export const defaultSegmentBytes = maxSegmentBytes;
