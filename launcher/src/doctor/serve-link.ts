/**
 * The listening end of a link under test, for a minute at most. Whoever connects says the token first:
 * this is a port on the network, and what comes from strangers is hung up on.
 *
 *   dialler                         listener
 *   token (32 bytes)
 *   "p"                          →  "p"                    as often as it likes
 *   "b"                          →  bytes for a second, then the end of the stream
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { portRange, spreadOver } from "./port-range.js";
import { type Listening } from "./probe-messages.js";

export const pingByte = 0x70;
export const bandwidthByte = 0x62;
export const tokenBytes = 32;

export interface LinkServer {
  readonly listening: Listening;
  readonly close: () => void;
}

const streamMs = 1000;
const idleMs = 15_000;
const lifeMs = 60_000;
const block = Buffer.alloc(256 * 1024);

/** Rejects with the system's error where it cannot listen there. */
export async function serveLink(host: string, token: string): Promise<LinkServer> {
  const sockets = new Set<Socket>();
  const servers: Server[] = [];
  const listen = async (wanted: number): Promise<number> => {
    const server = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      serve(socket, token);
    });
    server.listen(wanted, host);
    await once(server, "listening");
    servers.push(server);
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const range = portRange();
  const spread: number[] = [];
  for (const wanted of range === undefined ? [] : spreadOver(range)) {
    const found = await firstFree(wanted, wanted === range?.last ? -1 : 1, listen);
    if (found !== undefined) spread.push(found);
  }
  const close = (): void => {
    clearTimeout(life);
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
  };
  const life = setTimeout(close, lifeMs);
  return { listening: { port, spread, range }, close };
}

/** Other links of this host listen too. */
const attempts = 8;

async function firstFree(
  wanted: number,
  step: number,
  listen: (port: number) => Promise<number>,
): Promise<number | undefined> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    try {
      return await listen(wanted + attempt * step);
    } catch {
      // Somebody has it.
    }
  }
  return undefined;
}

function serve(socket: Socket, token: string): void {
  let said = "";
  socket.on("error", () => undefined);
  socket.setTimeout(idleMs, () => socket.destroy());
  socket.on("data", (chunk) => {
    const missing = tokenBytes - said.length;
    said += chunk.toString("latin1", 0, missing);
    if (!token.startsWith(said)) {
      socket.destroy();
      return;
    }
    for (const byte of chunk.subarray(missing)) {
      if (byte === pingByte) socket.write(Buffer.of(pingByte));
      else if (byte === bandwidthByte) stream(socket);
    }
  });
}

function stream(socket: Socket): void {
  socket.removeAllListeners("data").resume();
  const endMs = performance.now() + streamMs;
  const pump = (): void => {
    while (performance.now() < endMs) if (!socket.write(block)) return;
    socket.off("drain", pump).end();
  };
  socket.on("drain", pump);
  pump();
}
