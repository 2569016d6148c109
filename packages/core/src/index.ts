export {
  type BackendName,
  backendNames,
  backendPackages,
  backendRemedies,
  type BackendTrial,
} from "./backends.js";
export { authorizationKey, bearerOf, showsToken } from "./bearer-token.js";
export { formatBytes, parseBytes } from "./bytes.js";
export { type Clock, ManualClock, systemClock } from "./clock.js";
export {
  decodeFailureMessage,
  decodeLaunchMessage,
  decodeTimelineMessage,
  encodeControlLine,
  type FailureMessage,
  type LaunchMessage,
  type TimelineMessage,
} from "./control-pipe.js";
export { type Credentials } from "./credentials.js";
export { type DType, elementBytes, isDType } from "./dtype.js";
export {
  forgetControlFd,
  type LaunchedEnvironment,
  type MeetingSettings,
  type RankEnvironment,
  type RankSettings,
  readMeetingSettings,
  readPlacement,
  readRankEnvironment,
  readRankSettings,
  writeMeetingSettings,
  writeRankEnvironment,
  writeRankSettings,
} from "./environment.js";
export {
  type ErrorContext,
  type ErrorWire,
  fromWire,
  isKoloError,
  KoloError,
  type KoloErrorCode,
  koloErrorCodes,
  type KoloErrorOptions,
  type Recovery,
  toWire,
} from "./errors.js";
export {
  exchangeRanges,
  type ExchangeSettings,
  isWithin,
  maxSegmentBytes,
  type NumberRange,
} from "./exchange-settings.js";
export { fnv1a, hashHex } from "./hash.js";
export { checkListenOn, isLoopback, type ListenOn, type Protection } from "./listen-on.js";
export { defaultLimits, type JobLimits } from "./job-limits.js";
export { createLogger, type Logger, type LogLevel, silentLogger } from "./logger.js";
export { chooseAddress } from "./network/choose-address.js";
export { expectReachable } from "./network/expect-reachable.js";
export { type Interfaces, pickAddress } from "./network/pick-address.js";
export { reachedAtAddress } from "./network/reached-at-address.js";
export { finish, inParts, Pace, type PartOptions, type Work } from "./pace.js";
export { checkPeerName, type PeerName, peerUri } from "./peer-name.js";
export { type EnginePlacement, engineVariables } from "./placement/engine-placement.js";
export { expandNodeList } from "./placement/expand-node-list.js";
export { expandTaskCounts } from "./placement/expand-task-counts.js";
export { isReduceOp, type ReduceOp, reduceOps } from "./reduce-op.js";
export { RefusalLog } from "./refusal-log.js";
export { isSeed, maxSeed, seedRange } from "./seed.js";
export { type TraceClock } from "./timeline/trace-clock.js";
export {
  createTrace,
  createTracePart,
  isTrace,
  makePartsFolder,
  mergeTrace,
  removeTraceParts,
  tracePartIn,
  tracePartOf,
} from "./timeline/trace-files.js";
export {
  encodeName,
  encodePartHead,
  encodeRecords,
  type NamedOperation,
  putRecordsHead,
  type TracePartHead,
} from "./timeline/trace-part.js";
export {
  absent,
  type OperationLabel,
  type SpanKind,
  spanKinds,
  traceField,
  traceFieldCount,
  type TraceThread,
  traceThreads,
} from "./timeline/trace-record.js";
export { type Environment } from "./variables.js";
export { leftOf, ranksByHost, rightOf, type World, worldOfOne, worldOn } from "./world.js";
