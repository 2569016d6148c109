/**
 * Links over framed TCP sockets. Both sides of a connection prove that they know the token of the job.
 * docs/protocol.md has the wire.
 */
import { type Transport } from "../link.js";
import { SocketTransport, type SocketTransportOptions } from "../socket-transport.js";
import { decideHello } from "./decide-hello.js";
import { pullOverTcp } from "./incoming-tcp-link.js";
import { TcpSegmentStream } from "./tcp-segment-stream.js";
import { TcpServer } from "./tcp-server.js";

/**
 * Throws `config_invalid` where the address is not loopback, and nothing is encrypted though
 * `insecure` does not say so.
 */
export function createTcpTransport(options: SocketTransportOptions): Transport {
  const { token } = options;
  return new SocketTransport(options, ({ door, admit, ...settings }) => ({
    name: "tcp",
    pull: pullOverTcp,
    server: new TcpServer({
      ...settings,
      decide: (greeting, hello, shown) => decideHello(greeting, hello, { ...door, token }, shown),
      accept: (peer, channel, socket) => {
        admit(peer, channel, new TcpSegmentStream(socket));
      },
    }),
  }));
}
