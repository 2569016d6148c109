/**
 * Links over gRPC. Every call shows the token of the job. docs/protocol.md has the wire.
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
import { decidePull } from "./decide-pull.js";
import { GrpcSegmentStream } from "./grpc-segment-stream.js";
import { pullSegments } from "./incoming-grpc-link.js";
import { SegmentsServer } from "./segments-server.js";

/**
 * Without an address to listen on, that is a Unix socket, and 127.0.0.1 where that cannot be had or
 * TLS is spoken. Throws `config_invalid` where the address is not loopback, and nothing is encrypted
 * though `insecure` does not say so.
 */
export function createGrpcTransport(options: SocketTransportOptions): Transport {
  const host = listeningHost(options);
  const { clock = systemClock, logger = silentLogger, channels = 1, secure, token } = options;
  const makeWire = ({ door, admit }: Hall): Wire => {
    const server = new SegmentsServer({
      ...{ clock, token, secure },
      maxConnections: mostConnections(options),
      refusals: new RefusalLog(logger, "a pull"),
      answer: (request, stream, shown) => {
        const decision = decidePull(request, door, shown);
        if (!decision.open) return decision.refusal;
        admit(decision.peer, decision.channel, new GrpcSegmentStream(stream));
        return undefined;
      },
    });
    return {
      name: "grpc",
      listen: () => server.listen(host),
      close: () => server.close(),
      pull: pullSegments,
    };
  };
  const all = { connectTimeoutMs: 30_000, ...options, channels, clock, secure };
  return new SocketTransport(all, makeWire);
}
