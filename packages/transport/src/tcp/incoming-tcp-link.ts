/**
 * Pulls the segments of one peer: dials it, shakes hands, and feeds an inbox.
 *
 * A plain socket reads straight to where the bytes belong (`onread`): the kernel writes a payload
 * into the arena, and nobody copies it again. A TLS socket hands out what it has deciphered, which
 * is copied once.
 */
import { connect, type Socket } from "node:net";
import { dialSecurely } from "@kolo/tls";
import { hostAndPort } from "../host-and-port.js";
import { Inbox, type MessageSource } from "../inbox.js";
import { type PullOptions } from "../socket-transport.js";
import { Fill } from "./fill.js";
import { FrameReader } from "./frame-reader.js";
import {
  answerBytes,
  greetingBytes,
  isOurs,
  makeHello,
  readAnswer,
  readRefusal,
} from "./handshake.js";
import { ReadAhead } from "./read-ahead.js";
import { socketOptions } from "./socket-options.js";
import { tcpError, type TcpTrouble, troubleOf } from "./tcp-error.js";

export function pullOverTcp(options: PullOptions): Inbox {
  return new TcpPull(options).inbox;
}

class TcpPull implements MessageSource {
  readonly inbox: Inbox;
  readonly #options: PullOptions;
  readonly #socket: Socket;
  readonly #reader: FrameReader;
  readonly #ahead = new ReadAhead();
  readonly #cancelTimeout: () => void;
  #phase: "greeting" | "answer" | "frames" = "greeting";
  #message = new Fill<Buffer>(Buffer.alloc(greetingBytes));
  #greeting: Buffer = Buffer.alloc(0);
  #hello: Buffer = Buffer.alloc(0);
  /** The memory that the socket reads to, where that is the place of the bytes. */
  #direct: Uint8Array | undefined;
  #isHolding = false;
  #isStopped = false;
  /** Why nothing more comes, where it came while a segment is held. */
  #broken: Error | true | undefined;

  constructor(options: PullOptions) {
    this.#options = options;
    const { place, receiver, segmentBytes, connectTimeoutMs, clock } = options;
    const { peer } = place;
    this.inbox = new Inbox({ peer, receiver, segmentBytes, source: this });
    this.#reader = new FrameReader({
      ...{ peer, segmentBytes },
      place: (segment) => receiver.place?.(peer, segment),
    });
    this.#cancelTimeout = clock.after(connectTimeoutMs, () => {
      this.#fail("no answer");
    });
    this.#socket = this.#connect();
    this.#socket.on("error", (error) => {
      this.#onEnd(error);
    });
    for (const event of ["end", "close"]) {
      this.#socket.on(event, () => {
        this.#onEnd(undefined);
      });
    }
  }

  /** A segment is held: what comes now waits, as far as there is room. */
  pause(): void {
    this.#isHolding = true;
  }

  resume(): void {
    this.#isHolding = false;
    const bytes = this.#ahead.bytes();
    this.#ahead.drop(this.#guard(() => this.#take(bytes)) ?? 0);
    if (this.#isStopped || this.#ahead.isFull) return;
    if (this.#broken === undefined) this.#socket.resume();
    else if (!this.#isHeld()) this.#onEnd(this.#broken === true ? undefined : this.#broken);
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimeout();
    this.#socket.destroy();
  }

  #connect(): Socket {
    const { place, secure } = this.#options;
    const target = { ...hostAndPort(place.address), ...socketOptions };
    if (secure !== undefined) {
      const peer = { kind: "rank", rank: place.peer } as const;
      const socket = dialSecurely({ to: target, credentials: secure, peer });
      return socket.on("data", (bytes: Buffer) => {
        if (!this.#arrived(bytes)) socket.pause();
      });
    }
    return connect({
      ...target,
      onread: {
        buffer: () => this.#target(),
        callback: (byteCount, buffer) => {
          if (buffer !== this.#direct) return this.#arrived(buffer.subarray(0, byteCount));
          this.#guard(() => {
            this.#advance(byteCount);
          });
          return !this.#isStopped;
        },
      },
    });
  }

  /** Where the socket should write what it reads next. */
  #target(): Uint8Array {
    if (this.#isHolding) {
      this.#direct = undefined;
      return this.#ahead.rest();
    }
    this.#direct = this.#next();
    return this.#direct;
  }

  /** Takes bytes that are not yet where they belong. False: not more, for now. */
  #arrived(bytes: Uint8Array): boolean {
    const taken = this.#isHolding ? 0 : (this.#guard(() => this.#take(bytes)) ?? 0);
    if (this.#isStopped) return false;
    if (taken < bytes.length) this.#ahead.append(bytes.subarray(taken));
    return !this.#ahead.isFull;
  }

  /** Copies bytes to where they belong; returns how many, since a segment may have to be held. */
  #take(bytes: Uint8Array): number {
    let taken = 0;
    while (taken < bytes.length && !this.#isHeld() && !this.#isStopped) {
      const target = this.#next();
      const byteCount = Math.min(target.length, bytes.length - taken);
      target.set(bytes.subarray(taken, taken + byteCount));
      taken += byteCount;
      this.#advance(byteCount);
    }
    return taken;
  }

  /** Where the next bytes of the stream belong. */
  #next(): Uint8Array {
    return this.#phase === "frames" ? this.#reader.target() : this.#message.rest();
  }

  /** So many bytes are there. */
  #advance(byteCount: number): void {
    if (this.#phase === "frames") {
      const progress = this.#reader.filled(byteCount);
      if (progress === "segment") this.inbox.take(this.#reader.segment);
      else if (progress === "end") this.inbox.end();
      return;
    }
    this.#message.add(byteCount);
    if (!this.#message.isFull) return;
    if (this.#phase === "greeting") this.#greet();
    else this.#hearAnswer();
  }

  #greet(): void {
    const { place, token } = this.#options;
    this.#greeting = this.#message.buffer;
    const refusal = readRefusal(this.#greeting);
    if (refusal !== undefined) {
      this.#fail("certificate", new Error(refusal));
      return;
    }
    if (!isOurs(this.#greeting)) {
      this.#fail("other version");
      return;
    }
    this.#hello = makeHello(place, this.#greeting, token);
    this.#socket.write(this.#hello);
    this.#message = new Fill(Buffer.alloc(answerBytes));
    this.#phase = "answer";
  }

  #hearAnswer(): void {
    const { token } = this.#options;
    const status = readAnswer(this.#message.buffer, this.#greeting, this.#hello, token);
    if (status !== "accepted") {
      this.#fail(status ?? "unproven answer");
      return;
    }
    this.#cancelTimeout();
    this.#phase = "frames";
    this.#options.onOpen();
  }

  /** The socket has ended. That is quiet where the stream has, and trouble otherwise. */
  #onEnd(error: Error | undefined): void {
    if (this.#isHolding && this.#ahead.endsWell) {
      // What is there is to be taken first.
      this.#broken ??= error ?? true;
      return;
    }
    if (error !== undefined) this.#fail(troubleOf(error), error);
    else this.#fail("broken connection");
  }

  #fail(trouble: TcpTrouble, cause?: Error): void {
    this.inbox.fail(tcpError(trouble, this.#options.place, cause));
  }

  /** Whatever is wrong with a frame ends this link, and nothing else. */
  #guard<T>(action: () => T): T | undefined {
    try {
      return action();
    } catch (error) {
      this.inbox.fail(this.inbox.asKoloError(error));
      return undefined;
    }
  }

  #isHeld(): boolean {
    return this.#isHolding;
  }
}
