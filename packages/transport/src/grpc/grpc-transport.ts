/**
 * Links over gRPC. Every call shows the token of the job. docs/protocol.md has the wire.
 */
import { type Transport } from "../link.js";
import { SocketTransport, type SocketTransportOptions } from "../socket-transport.js";
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
  return new SocketTransport(options, ({ door, admit, ...settings }) => ({
    name: "grpc",
    pull: pullSegments,
    server: new SegmentsServer({
      ...settings,
      answer: (request, stream, shown) => {
        const decision = decidePull(request, door, shown);
        if (!decision.open) return decision.refusal;
        admit(decision.peer, decision.channel, new GrpcSegmentStream(stream));
        return undefined;
      },
    }),
  }));
}
