/**
 * What travels between tsrun and the agent of another host, over the agent's standard input and
 * output: frames, as on every wire of kolo that no library speaks.
 *
 *   u32 length   of all that follows it, big-endian like the rest
 *   u8  kind     below
 *   u16 rank     whom it is about, of probes which; 0 where it is about none
 *   payload      length - 4 bytes: JSON, bytes of output, a name of a signal, a number, nothing
 *   u8  10       a line end: srun hands on what an agent says when a line of it is whole
 *
 * tsrun → agent                                agent → tsrun
 *   prepare  JSON: what is to run (messages.ts)  hello    JSON: who the agent is; its first frame
 *   spawn    JSON: start this rank               ready    JSON: what is missing, GPUs, clocks
 *   signal   name, to the rank's group           started  JSON: the rank's process id
 *   credit   u8 stream, u32 bytes                unstarted JSON: why there is no process
 *   abandon  u8 stream: give up on its output    output   u8 stream, bytes; none: the stream has ended
 *   probe    JSON: test a link (doctor/)         report, timeline  JSON, from the report pipe
 *   clock    what time it is there               probed   JSON: what came of the probe
 *   collect  JSON: send the rank's part of a     clocked  JSON: clocks, when asked and when answered
 *            timeline, as its third stream       collected  JSON: the part has been sent
 *   ping
 *                                                exit     JSON: exit code or signal
 *                                                gone     nothing is left of the rank's group
 *                                                ping
 *
 * Version 1, named in the agent's greeting (greeting.ts). Both sides are of one version of kolo, which
 * hello makes sure of, so nothing but the greeting and hello has to stay as it is.
 *
 * Bounded: a frame longer than the limit, of an unknown kind or too short is refused when its head
 * is read; at most one frame is held while it arrives.
 */
import { KoloError } from "@kolo/core";

/** tsrun → agent. */
export const orders = {
  prepare: 1,
  spawn: 2,
  signal: 3,
  credit: 4,
  abandon: 5,
  ping: 6,
  probe: 7,
  clock: 8,
  collect: 9,
} as const;

/** agent → tsrun. */
export const notices = {
  hello: 17,
  ready: 18,
  started: 19,
  unstarted: 20,
  output: 21,
  report: 22,
  timeline: 23,
  exit: 24,
  gone: 25,
  probed: 26,
  clocked: 27,
  collected: 28,
  ping: 6,
} as const;

export type OrderKind = keyof typeof orders;
export type NoticeKind = keyof typeof notices;
export type FrameKind = OrderKind | NoticeKind;

export interface Frame<Kind extends FrameKind = FrameKind> {
  readonly kind: Kind;
  readonly rank: number;
  readonly payload: Buffer;
}

const numbers: Readonly<Record<FrameKind, number>> = { ...orders, ...notices };

/** The longest there may be: an environment and arguments as long as Linux allows, as JSON. */
export const maxPayloadBytes = 8 << 20;

const lengthBytes = 4;
const headBytes = 7;
/** The kind, the rank and the line end. */
const countedBytes = 4;
const empty = Buffer.alloc(0);
const lineEnd = Buffer.from("\n");

export function encodeFrame(kind: FrameKind, rank = 0, payload: Buffer = empty): Buffer {
  if (payload.length > maxPayloadBytes) throw tooLong(kind, payload.length);
  const head = Buffer.allocUnsafe(headBytes);
  head.writeUInt32BE(countedBytes + payload.length, 0);
  head.writeUInt8(numbers[kind], 4);
  head.writeUInt16BE(rank, 5);
  return Buffer.concat([head, payload, lineEnd]);
}

/** A stream of bytes → frames of one direction. */
export class FrameReader<Kind extends FrameKind> {
  readonly #kinds: ReadonlyMap<number, Kind>;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  #neededBytes = headBytes;

  /** `kinds`: `orders` or `notices`. */
  constructor(kinds: Readonly<Record<Kind, number>>) {
    const entries = Object.entries<number>(kinds);
    this.#kinds = new Map(entries.map(([kind, number]) => [number, kind as Kind]));
  }

  /** The frames that `chunk` completes. Throws `message_invalid`, and then must not be used again. */
  push(chunk: Buffer): Frame<Kind>[] {
    this.#pending.push(chunk);
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes < this.#neededBytes) return [];
    let bytes = this.#pending.length === 1 ? chunk : Buffer.concat(this.#pending);
    const frames: Frame<Kind>[] = [];
    this.#neededBytes = headBytes;
    while (bytes.length >= headBytes) {
      const { kind, rank, frameBytes } = readHead(bytes, this.#kinds);
      this.#neededBytes = frameBytes;
      if (bytes.length < frameBytes) break;
      frames.push({ kind, rank, payload: bytes.subarray(headBytes, frameBytes - lineEnd.length) });
      bytes = bytes.subarray(frameBytes);
      this.#neededBytes = headBytes;
    }
    this.#pending = bytes.length === 0 ? [] : [bytes];
    this.#pendingBytes = bytes.length;
    return frames;
  }
}

function readHead<Kind extends FrameKind>(
  bytes: Buffer,
  kinds: ReadonlyMap<number, Kind>,
): { kind: Kind; rank: number; frameBytes: number } {
  const length = bytes.readUInt32BE(0);
  const number = bytes.readUInt8(4);
  const kind = kinds.get(number);
  if (kind === undefined) {
    throw new KoloError("message_invalid", `expected a frame of a known kind, got ${number}`);
  }
  const payloadBytes = length - countedBytes;
  if (payloadBytes < 0) {
    throw new KoloError("message_invalid", `expected a frame with a head, got ${length} bytes`);
  }
  if (payloadBytes > maxPayloadBytes) throw tooLong(kind, payloadBytes);
  return { kind, rank: bytes.readUInt16BE(5), frameBytes: lengthBytes + length };
}

function tooLong(kind: FrameKind, payloadBytes: number): KoloError {
  return new KoloError(
    "message_invalid",
    `expected a frame of at most ${maxPayloadBytes} bytes, got one (${kind}) of ${payloadBytes}`,
  );
}
