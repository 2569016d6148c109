/**
 * Listens for calls of the service. The sockets are its own and handed to grpc-js, because grpc-js
 * does not let go of a connection whose other side has stopped to read.
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { type Clock, KoloError } from "@kolo/core";
import { serverOptions } from "./channel-options.js";
import { type PullCall } from "./outgoing-grpc-link.js";
import { segmentsService } from "./segments-service.js";

/** How long `close` lets peers read what was sent before it cuts them off. */
const closeTimeoutMs = 1000;

export class SegmentsServer {
  readonly #server = new Server(serverOptions);
  readonly #sockets = new Set<Socket>();
  readonly #listener = createServer({ noDelay: true }, (socket) => {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
    this.#injector.injectConnection(socket);
  });
  readonly #injector = this.#server.createConnectionInjector(ServerCredentials.createInsecure());
  readonly #clock: Clock;

  constructor(clock: Clock, answer: (call: PullCall) => void) {
    this.#clock = clock;
    this.#server.addService(segmentsService, { Pull: answer });
  }

  /** Resolves with the address, host:port. Throws `config_invalid` where it cannot listen. */
  async listen(host: string): Promise<string> {
    try {
      this.#listener.listen(0, host);
      await once(this.#listener, "listening");
    } catch (error) {
      throw new KoloError("config_invalid", `cannot listen on ${host}`, { cause: error });
    }
    const { address, family, port } = this.#listener.address() as AddressInfo;
    return family === "IPv6" ? `[${address}]:${port}` : `${address}:${port}`;
  }

  /** Resolves when all connections are closed; calls must have been ended before. */
  async close(): Promise<void> {
    const cancelTimeout = this.#clock.after(closeTimeoutMs, () => {
      for (const socket of this.#sockets) socket.destroy();
    });
    await Promise.all([
      new Promise<void>((resolve) =>
        this.#listener.close(() => {
          resolve();
        }),
      ),
      new Promise<void>((resolve) => {
        this.#server.tryShutdown(() => {
          resolve();
        });
      }),
    ]);
    cancelTimeout();
  }
}
