/**
 * Listens for peers and shakes hands. Who has not said hello in time, or says too much, is cut off;
 * so many may be waiting at once and no more.
 */
import { type Socket } from "node:net";
import { bareListener, type Listener, placeOf, SecureListener } from "@kolo/tls";
import { tcpAddress } from "../host-and-port.js";
import { type WireServer, type ServerSettings } from "../socket-transport.js";
import { type HelloDecision } from "./decide-hello.js";
import { Fill } from "./fill.js";
import { helloBytes, makeAnswer, makeGreeting, makeRefusal } from "./handshake.js";
import { socketOptions } from "./socket-options.js";

/** How long `close` lets peers read what was sent before it cuts them off. */
const closeTimeoutMs = 1000;

/** How long a peer may take from connecting to having said hello. */
const helloTimeoutMs = 10_000;

export interface TcpServerOptions extends ServerSettings {
  /** `shown` is the name in the certificate of the caller, if it has one. */
  readonly decide: (greeting: Buffer, hello: Buffer, shown: string | undefined) => HelloDecision;
  /** Called once the peer has been told that it is accepted. */
  readonly accept: (peer: number, channel: number, socket: Socket) => void;
}

export class TcpServer implements WireServer {
  readonly #options: TcpServerOptions;
  readonly #listener: Listener;

  constructor(options: TcpServerOptions) {
    this.#options = options;
    const { secure, maxConnections, clock, refusals } = options;
    if (secure === undefined) {
      this.#listener = bareListener({
        ...{ maxConnections, socketOptions },
        onConnection: (socket) => {
          this.#greet(socket, undefined);
        },
      });
      return;
    }
    this.#listener = new SecureListener({
      ...{ credentials: secure, maxConnections, socketOptions, clock, refusals },
      farewell: makeRefusal,
      onConnection: (socket, { name }) => {
        this.#greet(socket, name);
      },
    });
  }

  /**
   * Resolves with the address, host:port; without a host, on 127.0.0.1. Throws `config_invalid` where
   * it cannot listen.
   */
  async listen(host = "127.0.0.1"): Promise<string> {
    return tcpAddress(await this.#listener.listen(host));
  }

  /** Resolves when all connections are closed; links must have been ended before. */
  async close(): Promise<void> {
    const cancelTimeout = this.#options.clock.after(closeTimeoutMs, () => {
      this.#listener.cut();
    });
    await this.#listener.close();
    cancelTimeout();
  }

  #greet(socket: Socket, shown: string | undefined): void {
    const greeting = makeGreeting();
    const hello = new Fill(Buffer.alloc(helloBytes));
    const place = placeOf(socket);
    const turnAway = (details: string): void => {
      this.#options.refusals.note(place, details);
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
      const decision = this.#options.decide(greeting, hello.buffer, shown);
      if (!decision.open) turnAway(decision.details);
      this.#answer(socket, greeting, hello.buffer, decision);
    };
    // Whoever breaks off before that has not been anybody yet.
    socket.on("error", () => socket.destroy());
    socket.on("close", cancelTimeout);
    socket.on("data", onData);
    socket.write(greeting);
  }

  #answer(socket: Socket, greeting: Buffer, hello: Buffer, decision: HelloDecision): void {
    const { accept, token } = this.#options;
    if (decision.open) {
      socket.write(makeAnswer("accepted", greeting, hello, token));
      accept(decision.peer, decision.channel, socket);
      return;
    }
    // Read on to the end, so that what may still come does not turn the answer into a reset.
    socket.resume();
    socket.end(makeAnswer(decision.status, greeting, hello, token));
    const cancelTimeout = this.#options.clock.after(closeTimeoutMs, () => socket.destroy());
    socket.on("close", cancelTimeout);
  }
}
