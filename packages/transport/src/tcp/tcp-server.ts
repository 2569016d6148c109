/**
 * Listens for peers and shakes hands. Who has not said hello in time, or says too much, is cut off;
 * so many may be waiting at once and no more.
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import { type Clock, KoloError, type Logger } from "@kolo/core";
import { type HelloDecision } from "./decide-hello.js";
import { Fill } from "./fill.js";
import { helloBytes, makeAnswer, makeGreeting } from "./handshake.js";
import { socketOptions } from "./socket-options.js";
import { type TcpSecurity, tlsOptions } from "./tcp-security.js";

/** How long `close` lets peers read what was sent before it cuts them off. */
const closeTimeoutMs = 1000;

/** How long a peer may take from connecting to having said hello. */
const helloTimeoutMs = 10_000;

export interface TcpServerOptions {
  readonly token: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly secure: TcpSecurity | undefined;
  /** Connections at a time. */
  readonly maxConnections: number;
  readonly decide: (greeting: Buffer, hello: Buffer) => HelloDecision;
  /** Called once the peer has been told that it is accepted. */
  readonly accept: (peer: number, channel: number, socket: Socket) => void;
}

export class TcpServer {
  readonly #options: TcpServerOptions;
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;

  constructor(options: TcpServerOptions) {
    this.#options = options;
    const greet = (socket: Socket): void => {
      this.#greet(socket);
    };
    const { secure, logger, maxConnections } = options;
    if (secure === undefined) this.#server = createServer(socketOptions, greet);
    else {
      const handshakeTimeout = helloTimeoutMs;
      const tls = { ...socketOptions, ...tlsOptions(secure), handshakeTimeout };
      this.#server = createSecureServer(tls, greet).on("tlsClientError", (error, socket) => {
        logger.warn(`refused a pull from ${placeOf(socket)}: ${error.message}`);
        socket.destroy();
      });
    }
    this.#server.maxConnections = maxConnections;
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** Resolves with the address, host:port. Throws `config_invalid` where it cannot listen. */
  async listen(host: string): Promise<string> {
    try {
      this.#server.listen(0, host);
      await once(this.#server, "listening");
    } catch (error) {
      throw new KoloError("config_invalid", `cannot listen on ${host}`, { cause: error });
    }
    const { address, family, port } = this.#server.address() as AddressInfo;
    return family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
  }

  /** Resolves when all connections are closed; links must have been ended before. */
  async close(): Promise<void> {
    const cut = (): void => {
      for (const socket of this.#sockets) socket.destroy();
    };
    const cancelTimeout = this.#options.clock.after(closeTimeoutMs, cut);
    await new Promise<void>((resolve) => {
      this.#server.close(() => {
        resolve();
      });
    });
    cancelTimeout();
  }

  #greet(socket: Socket): void {
    const greeting = makeGreeting();
    const hello = new Fill(Buffer.alloc(helloBytes));
    const turnAway = (details: string): void => {
      this.#options.logger.warn(`refused a pull from ${placeOf(socket)}: ${details}`);
    };
    const cancelTimeout = this.#options.clock.after(helloTimeoutMs, () => {
      turnAway(`expected a hello within ${helloTimeoutMs} ms`);
      socket.destroy();
    });
    const onData = (bytes: Buffer): void => {
      if (bytes.length > hello.rest().length) {
        turnAway(`expected a hello of ${helloBytes} bytes, got more`);
        socket.destroy();
        return;
      }
      hello.rest().set(bytes);
      hello.add(bytes.length);
      if (!hello.isFull) return;
      cancelTimeout();
      socket.off("data", onData);
      this.#answer(socket, greeting, hello.buffer, turnAway);
    };
    // Whoever breaks off before that has not been anybody yet.
    socket.on("error", () => socket.destroy());
    socket.on("close", cancelTimeout);
    socket.on("data", onData);
    socket.write(greeting);
  }

  #answer(
    socket: Socket,
    greeting: Buffer,
    hello: Buffer,
    turnAway: (details: string) => void,
  ): void {
    const { decide, accept, token } = this.#options;
    const decision = decide(greeting, hello);
    if (decision.open) {
      socket.write(makeAnswer("accepted", greeting, hello, token));
      accept(decision.peer, decision.channel, socket);
      return;
    }
    turnAway(decision.details);
    // Read on to the end, so that what may still come does not turn the answer into a reset.
    socket.resume();
    socket.end(makeAnswer(decision.status, greeting, hello, token));
    const cancelTimeout = this.#options.clock.after(closeTimeoutMs, () => socket.destroy());
    socket.on("close", cancelTimeout);
  }
}

function placeOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? "?"}:${remotePort ?? "?"}`;
}
