/** Listens for sockets as they are, with nothing around them: on loopback, or where the user said so. */
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { KoloError } from "@kolo/core";

/** What listens: bare, or behind TLS. */
export interface Listener {
  /** Resolves with where, on any free port. Throws `config_invalid` where it cannot listen. */
  listen(host: string): Promise<AddressInfo>;
  /** Lets nobody in any more, and resolves when all connections are closed. */
  close(): Promise<void>;
  /** Cuts all connections. */
  cut(): void;
}

export interface SocketOptions {
  readonly noDelay?: boolean;
  readonly keepAlive?: boolean;
  readonly keepAliveInitialDelay?: number;
}

export interface BareListenerOptions {
  /** Connections at a time. */
  readonly maxConnections: number;
  readonly socketOptions: SocketOptions;
  readonly onConnection: (socket: Socket) => void;
}

export function bareListener(options: BareListenerOptions): Listener {
  const { maxConnections, socketOptions, onConnection } = options;
  const sockets = new Set<Socket>();
  const server = createServer(socketOptions, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    onConnection(socket);
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
