/** Listens for sockets as they are, with nothing around them: on loopback, or where the user said so. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { KoloError } from "@kolo/core";
import { socketOptions } from "./socket-options.js";

/** What listens: bare, or behind TLS. */
export interface Listener {
  /** On any free port. Throws `config_invalid` where it cannot listen. */
  listen(host: string): Promise<AddressInfo>;
  /** Resolves when all connections are closed. */
  close(): Promise<void>;
  /** Cuts all connections. */
  cut(): void;
}

export function bareListener(maxConnections: number, greet: (socket: Socket) => void): Listener {
  const sockets = new Set<Socket>();
  const server = createServer(socketOptions, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    greet(socket);
  });
  server.maxConnections = maxConnections;
  return {
    listen: async (host) => {
      try {
        server.listen(0, host);
        await once(server, "listening");
      } catch (error) {
        throw new KoloError("config_invalid", `cannot listen on ${host}`, { cause: error });
      }
      return server.address() as AddressInfo;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
      }),
    cut: () => {
      for (const socket of sockets) socket.destroy();
    },
  };
}
