export { createGrpcTransport } from "./grpc/grpc-transport.js";
export {
  defaultSegmentBytes,
  type IncomingLink,
  type IncomingSegment,
  type OutgoingLink,
  type OutgoingSegment,
  type Receiver,
  type SegmentHeader,
  type Transport,
} from "./link.js";
export { createMemoryNetwork, type MemoryTransport } from "./memory/memory-transport.js";
export { encodedSegmentBytes, encodeSegment, SegmentDecoder } from "./segment-codec.js";
export { type SocketTransportOptions } from "./socket-transport.js";
export { createTcpTransport } from "./tcp/tcp-transport.js";
