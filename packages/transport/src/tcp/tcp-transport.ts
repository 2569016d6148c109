/**
 * Links over framed TCP sockets. Both sides of a connection prove that they know the token of the job.
 * docs/protocol.md has the wire.
 */
import { silentLogger, systemClock } from "@kolo/core";
import { type Transport } from "../link.js";
import {
  checkLoopback,
  type Hall,
  SocketTransport,
  type SocketTransportOptions,
  type Wire,
} from "../socket-transport.js";
import { decideHello } from "./decide-hello.js";
import { pullOverTcp } from "./incoming-tcp-link.js";
import { TcpSegmentStream } from "./tcp-segment-stream.js";
import { type TcpSecurity } from "./tcp-security.js";
import { TcpServer } from "./tcp-server.js";

export interface TcpTransportOptions extends SocketTransportOptions {
  /** Address to listen on; a loopback one where nothing is encrypted. Default 127.0.0.1. */
  readonly host?: string;
  /** Mutual TLS 1.3, on all ranks alike. Default: none, on loopback. */
  readonly secure?: TcpSecurity;
}

/** Strangers and peers that may be shaking hands at once, beside the connections of the links. */
const spareConnections = 64;

/** Throws `config_invalid` where the host is not a loopback address and nothing is encrypted. */
export function createTcpTransport(options: TcpTransportOptions): Transport {
  const { host = "127.0.0.1", secure, logger = silentLogger, ...rest } = options;
  if (secure === undefined) checkLoopback(host);
  const { clock = systemClock, channels = 1, token, size } = rest;
  const makeWire = ({ door, admit }: Hall): Wire => {
    const server = new TcpServer({
      ...{ token, clock, logger, secure },
      maxConnections: size * channels + spareConnections,
      decide: (greeting, hello) => decideHello(greeting, hello, { ...door, token }),
      accept: (peer, channel, socket) => {
        admit(peer, channel, new TcpSegmentStream(socket));
      },
    });
    return {
      name: "tcp",
      listen: () => server.listen(host),
      close: () => server.close(),
      pull: (pull) => pullOverTcp({ ...pull, secure }),
    };
  };
  return new SocketTransport({ connectTimeoutMs: 30_000, clock, channels, ...rest }, makeWire);
}
