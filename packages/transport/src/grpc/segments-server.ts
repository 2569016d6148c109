/**
 * Listens for pulls. Over TLS, nobody without a certificate of the job gets as far as HTTP/2; then
 * the token of a call is looked at before anything else of it. Who connects and calls nothing is cut
 * off, and so is who calls and does not say what for.
 */
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type Http2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { type AddressInfo, type ListenOptions, type Socket } from "node:net";
import { authorizationKey, KoloError, showsToken } from "@kolo/core";
import { placeOf, SecureListener } from "@kolo/tls";
import { tcpAddress } from "../host-and-port.js";
import { type WireServer, type ServerSettings } from "../socket-transport.js";
import { netOptionsOf, randomUnixAddress } from "./address.js";
import { refuseCall, refusingHeaders } from "./call-headers.js";
import { makeGoAway, protocol } from "./go-away.js";
import { grpcStatus, type Refusal } from "./grpc-status.js";
import { FrameError, MessageAssembler } from "./message-assembler.js";
import { pullRequestBytes } from "./pull-request.js";

/** How long `close` lets peers read what was sent before it cuts them off. */
const closeTimeoutMs = 1000;
/** From connecting to having made a call that is accepted. */
const callTimeoutMs = 10_000;
const loopback = "127.0.0.1";

export interface SegmentsServerOptions extends ServerSettings {
  /** Answers a request on the stream, or says why not. `shown` is the name in the certificate. */
  readonly answer: (
    request: Buffer,
    stream: ServerHttp2Stream,
    shown: string | undefined,
  ) => Refusal | undefined;
}

interface Session {
  /** host:port of the caller. */
  readonly place: string | undefined;
  /** The name in its certificate. */
  readonly shown: string | undefined;
  readonly cancelTimeout: () => void;
}

export class SegmentsServer implements WireServer {
  readonly #options: SegmentsServerOptions;
  readonly #sessions = new Map<Http2Session, Session>();
  readonly #secureListener: SecureListener | undefined;
  /** The name in the certificate on the connection that is being handed to the server. */
  #arriving: string | undefined;
  readonly #server = createServer({
    settings: { maxConcurrentStreams: 16 },
    // What is queued to be sent counts too, though it lies in the arena.
    maxSessionMemory: Number.MAX_SAFE_INTEGER,
  });

  constructor(options: SegmentsServerOptions) {
    this.#options = options;
    const { secure, clock, maxConnections, refusals } = options;
    this.#server.maxConnections = maxConnections;
    this.#server.on("connection", (socket: Socket) => socket.setNoDelay(true));
    this.#server.on("session", (session) => {
      this.#meet(session);
    });
    this.#server.on("stream", (stream, headers) => {
      this.#take(stream, headers);
    });
    if (secure === undefined) return;
    this.#secureListener = new SecureListener({
      ...{ credentials: secure, protocol, maxConnections, clock, refusals },
      socketOptions: { noDelay: true },
      farewell: makeGoAway,
      onConnection: (socket, { name }) => {
        // The session is made while this is emitted.
        this.#arriving = name;
        this.#server.emit("connection", socket);
        this.#arriving = undefined;
      },
    });
  }

  /**
   * Resolves with the address (see address.ts). Without a host, that is a Unix socket where there
   * are such without a file and no TLS, else loopback. Throws `config_invalid` where it cannot listen.
   */
  async listen(host: string | undefined): Promise<string> {
    if (this.#secureListener !== undefined) {
      return tcpAddress(await this.#secureListener.listen(host ?? loopback));
    }
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
      for (const session of this.#sessions.keys()) session.destroy();
    });
    const closed =
      this.#secureListener?.close() ??
      new Promise<void>((resolve) => {
        this.#server.close(() => {
          resolve();
        });
      });
    for (const session of this.#sessions.keys()) session.close();
    await closed;
    cancelTimeout();
  }

  #meet(session: Http2Session): void {
    const { clock, refusals } = this.#options;
    const place = placeOf(session.socket);
    const cancelTimeout = clock.after(callTimeoutMs, () => {
      refusals.note(place, `expected a pull within ${callTimeoutMs} ms`);
      session.destroy();
    });
    this.#sessions.set(session, { place, shown: this.#arriving, cancelTimeout });
    // What breaks the rules of HTTP/2 ends itself.
    session.on("error", () => {
      session.destroy();
    });
    session.on("close", () => {
      this.#sessions.delete(session);
      cancelTimeout();
    });
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
        if (message !== undefined) answer(this.#answer(message, stream));
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

  #answer(message: Buffer, stream: ServerHttp2Stream): Refusal | undefined {
    const session = stream.session && this.#sessions.get(stream.session);
    const refusal = this.#options.answer(message, stream, session?.shown);
    if (refusal === undefined) session?.cancelTimeout();
    return refusal;
  }

  #refuse(stream: ServerHttp2Stream, refusal: Refusal): void {
    const session = stream.session && this.#sessions.get(stream.session);
    this.#options.refusals.note(session?.place, refusal.details);
    if (stream.destroyed) return;
    stream.respond(refusingHeaders(refusal), { endStream: true });
    // Whatever else the caller would send.
    stream.close();
  }
}
