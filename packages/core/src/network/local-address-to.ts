/**
 * The address from which this host would speak to a peer, as the kernel's routes have it: a UDP socket
 * that is connected has a local address, and nothing is sent for that.
 */
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { isIPv6 } from "node:net";
import { KoloError } from "../errors.js";
import { type Interfaces, listInterfaces } from "./pick-address.js";

/** Any will do. */
const discardPort = 9;

/** Throws `transport_unavailable` where there is no route; the message lists the interfaces. */
export async function localAddressTo(peer: string, interfaces: Interfaces): Promise<string> {
  const socket = createSocket(isIPv6(peer) ? "udp6" : "udp4");
  try {
    socket.connect(discardPort, peer);
    await once(socket, "connect");
    return socket.address().address;
  } catch (error) {
    throw new KoloError(
      "transport_unavailable",
      `expected a route from this host to ${peer}: ${(error as Error).message}; ` +
        `there are ${listInterfaces(interfaces)}`,
      { cause: error },
    );
  } finally {
    socket.close();
  }
}
