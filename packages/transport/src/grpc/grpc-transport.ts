/**
 * Links over gRPC on one host. Every call shows the token of the job. docs/protocol.md has the wire.
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
import { decidePull } from "./decide-pull.js";
import { GrpcSegmentStream } from "./grpc-segment-stream.js";
import { pullSegments } from "./incoming-grpc-link.js";
import { SegmentsServer } from "./segments-server.js";

export interface GrpcTransportOptions extends SocketTransportOptions {
  /**
   * Address to listen on; a loopback one, since nothing is encrypted. Default: none but a Unix
   * socket, and 127.0.0.1 where that cannot be had.
   */
  readonly host?: string;
}

/** Throws `config_invalid` where the host is not a loopback address. */
export function createGrpcTransport(options: GrpcTransportOptions): Transport {
  const { host, logger = silentLogger, ...rest } = options;
  if (host !== undefined) checkLoopback(host);
  const { clock = systemClock, token } = rest;
  const makeWire = ({ door, admit }: Hall): Wire => {
    const server = new SegmentsServer({
      ...{ clock, token },
      answer: (request, stream) => {
        const decision = decidePull(request, door);
        if (!decision.open) return decision.refusal;
        admit(decision.peer, decision.channel, new GrpcSegmentStream(stream));
        return undefined;
      },
      onRefusal: ({ details }) => {
        logger.warn(`refused a pull: ${details}`);
      },
    });
    return {
      name: "grpc",
      listen: () => server.listen(host),
      close: () => server.close(),
      pull: pullSegments,
    };
  };
  const all = { channels: 1, connectTimeoutMs: 30_000, clock, ...rest };
  return new SocketTransport(all, makeWire);
}
