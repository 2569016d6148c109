/** Listens for pulls, and looks at the token of a call before anything else of it. */
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { type AddressInfo, type ListenOptions, type Socket } from "node:net";
import { authorizationKey, type Clock, KoloError, showsToken } from "@kolo/core";
import { netOptionsOf, randomUnixAddress, tcpAddress } from "./address.js";
import { refuseCall, refusingHeaders } from "./call-headers.js";
import { grpcStatus, type Refusal } from "./grpc-status.js";
import { FrameError, MessageAssembler } from "./message-assembler.js";
import { pullRequestBytes } from "./pull-request.js";

/** How long `close` lets peers read what was sent before it cuts them off. */
const closeTimeoutMs = 1000;
const loopback = "127.0.0.1";

export interface SegmentsServerOptions {
  readonly clock: Clock;
  readonly token: string;
  /** Answers a request on the stream, or says why not. */
  readonly answer: (request: Buffer, stream: ServerHttp2Stream) => Refusal | undefined;
  readonly onRefusal: (refusal: Refusal) => void;
}

export class SegmentsServer {
  readonly #options: SegmentsServerOptions;
  readonly #sessions = new Set<ServerHttp2Session>();
  readonly #server = createServer({
    settings: { maxConcurrentStreams: 16 },
    // What is queued to be sent counts too, though it lies in the arena.
    maxSessionMemory: Number.MAX_SAFE_INTEGER,
  });

  constructor(options: SegmentsServerOptions) {
    this.#options = options;
    this.#server.on("connection", (socket: Socket) => socket.setNoDelay(true));
    this.#server.on("session", (session) => {
      this.#sessions.add(session);
      session.on("close", () => this.#sessions.delete(session));
    });
    this.#server.on("stream", (stream, headers) => {
      this.#take(stream, headers);
    });
  }

  /**
   * Resolves with the address (see address.ts). Without a host, that is a Unix socket where there
   * are such without a file, else loopback. Throws `config_invalid` where it cannot listen.
   */
  async listen(host: string | undefined): Promise<string> {
    if (host === undefined && process.platform === "linux") {
      const address = randomUnixAddress();
      try {
        await this.#listen(netOptionsOf(address));
        return address;
      } catch {
        // A sandbox may allow TCP only.
      }
    }
    try {
      await this.#listen({ host: host ?? loopback, port: 0 });
    } catch (error) {
      throw new KoloError("config_invalid", `cannot listen on ${host ?? loopback}`, {
        cause: error,
      });
    }
    return tcpAddress(this.#server.address() as AddressInfo);
  }

  async #listen(options: ListenOptions): Promise<void> {
    this.#server.listen(options);
    await once(this.#server, "listening");
  }

  /** Resolves when all connections are closed; calls must have been ended before. */
  async close(): Promise<void> {
    const cancelTimeout = this.#options.clock.after(closeTimeoutMs, () => {
      for (const session of this.#sessions) session.destroy();
    });
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    for (const session of this.#sessions) session.close();
    await closed;
    cancelTimeout();
  }

  #take(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
    // A call that breaks closes too, and whoever answers it hears of that.
    stream.on("error", () => undefined);
    const refusal = refuseCall(headers) ?? this.#refuseToken(headers[authorizationKey]);
    if (refusal === undefined) this.#read(stream);
    else this.#refuse(stream, refusal);
  }

  #refuseToken(authorization: string | undefined): Refusal | undefined {
    if (showsToken([authorization ?? ""], this.#options.token)) return undefined;
    const details = "expected the token of the job in the call's metadata";
    return { code: grpcStatus.unauthenticated, details };
  }

  #read(stream: ServerHttp2Stream): void {
    const assembler = new MessageAssembler(pullRequestBytes);
    let answered = false;
    const answer = (refusal: Refusal | undefined): void => {
      answered = true;
      if (refusal !== undefined) this.#refuse(stream, refusal);
    };
    stream.on("data", (piece: Buffer) => {
      if (answered) return;
      try {
        assembler.take(piece, 0);
        const { message } = assembler;
        if (message !== undefined) answer(this.#options.answer(message, stream));
      } catch (error) {
        if (!(error instanceof FrameError)) throw error;
        answer(error);
      }
    });
    stream.on("end", () => {
      if (answered) return;
      answer({ code: grpcStatus.invalidArgument, details: "expected a request, got the end" });
    });
  }

  #refuse(stream: ServerHttp2Stream, refusal: Refusal): void {
    this.#options.onRefusal(refusal);
    if (stream.destroyed) return;
    stream.respond(refusingHeaders(refusal), { endStream: true });
    // Whatever else the caller would send.
    stream.close();
  }
}
