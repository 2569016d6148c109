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
