export { createGrpcTransport, type GrpcTransportOptions } from "./grpc/grpc-transport.js";
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
export {
  encodedSegmentBytes,
  encodeSegment,
  maxDescriptionBytes,
  SegmentDecoder,
  segmentHeaderBytes,
} from "./segment-codec.js";
export { type TcpSecurity } from "./tcp/tcp-security.js";
export { createTcpTransport, type TcpTransportOptions } from "./tcp/tcp-transport.js";
