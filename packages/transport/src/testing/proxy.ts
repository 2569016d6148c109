/** A proxy for tests: it can cut all connections, and cut the bytes into other pieces. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import { netOptionsOf, randomUnixAddress } from "../grpc/address.js";
import { tcpAddress } from "../host-and-port.js";

export interface Proxy {
  /** Of the same kind as the target's. */
  readonly address: string;
  /** Destroys all connections, as the death of a process would. */
  cut(): void;
  /** Destroys the one that was opened last. */
  cutLast(): void;
  close(): Promise<void>;
}

/** `pieceBytes` says how long the next piece may be; without it, bytes pass as they come. */
export async function startProxy(target: string, pieceBytes?: () => number): Promise<Proxy> {
  const sockets = new Set<Socket>();
  const unix = target.startsWith("unix");
  const own = unix ? randomUnixAddress() : "127.0.0.1:0";
  const server = createServer((near) => {
    const far = connect(netOptionsOf(target));
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.setNoDelay();
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
      // A connection that ends in any way, ends on both sides.
      carry(from, to, pieceBytes).catch(() => to.destroy());
    }
  });
  server.listen(netOptionsOf(own));
  await once(server, "listening");
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    address: unix ? own : tcpAddress(server.address() as AddressInfo),
    cut,
    cutLast: () => {
      [...sockets].at(-1)?.destroy();
    },
    close: async () => {
      const closed = once(server, "close");
      server.close();
      cut();
      await closed;
    },
  };
}

async function carry(from: Socket, to: Socket, pieceBytes?: () => number): Promise<void> {
  for await (const chunk of from as AsyncIterable<Buffer>) {
    for (let start = 0; start < chunk.length;) {
      const end = start + (pieceBytes?.() ?? chunk.length);
      if (!to.write(chunk.subarray(start, end))) await once(to, "drain");
      // Lets the other side read this piece before the next one is there.
      if (pieceBytes !== undefined) await setImmediate();
      start = end;
    }
  }
  to.end();
}
