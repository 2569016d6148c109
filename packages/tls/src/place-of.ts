/** Where a connection comes from, host:port, for logs. */
import { type Socket } from "node:net";

/** Undefined where that is not known any more, and for Unix sockets. */
export function placeOf({
  remoteAddress,
  remotePort,
}: Pick<Socket, "remoteAddress" | "remotePort">): string | undefined {
  if (remoteAddress === undefined || remotePort === undefined) return undefined;
  return remoteAddress.includes(":")
    ? `[${remoteAddress}]:${remotePort}`
    : `${remoteAddress}:${remotePort}`;
}
