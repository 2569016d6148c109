/**
 * Links over framed TCP sockets. Both sides of a connection prove that they know the token of the job.
 * docs/protocol.md has the wire.
 */
import { RefusalLog, silentLogger, systemClock } from "@kolo/core";
import { type Transport } from "../link.js";
import { listeningHost } from "../listening-host.js";
import {
  type Hall,
  mostConnections,
  SocketTransport,
  type SocketTransportOptions,
  type Wire,
} from "../socket-transport.js";
import { decideHello } from "./decide-hello.js";
import { pullOverTcp } from "./incoming-tcp-link.js";
import { TcpSegmentStream } from "./tcp-segment-stream.js";
import { TcpServer } from "./tcp-server.js";

/**
 * Throws `config_invalid` where the address is not loopback, and nothing is encrypted though
 * `insecure` does not say so.
 */
export function createTcpTransport(options: SocketTransportOptions): Transport {
  const host = listeningHost(options) ?? "127.0.0.1";
  const { clock = systemClock, logger = silentLogger, channels = 1, secure, token } = options;
  const makeWire = ({ door, admit }: Hall): Wire => {
    const server = new TcpServer({
      ...{ token, clock, secure },
      refusals: new RefusalLog(logger, "a pull"),
      maxConnections: mostConnections(options),
      decide: (greeting, hello, shown) => decideHello(greeting, hello, { ...door, token }, shown),
      accept: (peer, channel, socket) => {
        admit(peer, channel, new TcpSegmentStream(socket));
      },
    });
    return {
      name: "tcp",
      listen: () => server.listen(host),
      close: () => server.close(),
      pull: pullOverTcp,
    };
  };
  const all = { connectTimeoutMs: 30_000, ...options, channels, clock, secure };
  return new SocketTransport(all, makeWire);
}
