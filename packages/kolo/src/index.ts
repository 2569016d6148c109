export { isKoloError, KoloError, type KoloErrorCode, type ReduceOp } from "@kolo/core";
export { broadcastVariables, type BroadcastVariablesOptions } from "./broadcast-variables.js";
export { callbacks } from "./callbacks/callbacks.js";
export { type LearningRateFunction } from "./callbacks/learning-rate-schedule.js";
export { type LearningRateWarmupOptions } from "./callbacks/learning-rate-warmup.js";
export {
  type Compression,
  compression,
  type DeepGradientOptions,
  type PowerSGDOptions,
  type QuantizedOptions,
  type TopKOptions,
} from "@kolo/compression";
export { type ExampleGenerator, type ShapedArray, type ShardData } from "./data/batch-types.js";
export { shard } from "./data/shard.js";
export { type ShardedDataset } from "./data/sharded-dataset.js";
export { type ShardOptions } from "./data/shard-options.js";
export {
  crossRank,
  crossSize,
  init,
  isInitialized,
  localRank,
  localSize,
  rank,
  shutdown,
  size,
} from "./init.js";
export { type InitOptions } from "./init-options.js";
export { type CompressionOption } from "./optimizer/compression-choice.js";
export {
  distributedOptimizer,
  type DistributedOptimizer,
} from "./optimizer/distributed-optimizer.js";
export { type DistributedControls } from "./optimizer/distributed-step.js";
export { type DistributedOptimizerOptions } from "./optimizer/step-options.js";
export { type Statistics, statistics } from "./statistics.js";
export { allGather, type AllGatherOptions, allGatherSync } from "./tensors/all-gather.js";
export {
  allReduce,
  type AllReduceOptions,
  allReduceSync,
  type WeightedAllReduceOptions,
} from "./tensors/all-reduce.js";
export {
  allToAll,
  type AllToAllOptions,
  type AllToAllResult,
  allToAllSync,
} from "./tensors/all-to-all.js";
export { barrier, type BarrierOptions, barrierSync } from "./tensors/barrier.js";
export { broadcast, type BroadcastOptions, broadcastSync } from "./tensors/broadcast.js";
export {
  groupedAllReduce,
  groupedAllReduceSync,
  type Reduced,
} from "./tensors/grouped-all-reduce.js";
export {
  reduceScatter,
  type ReduceScatterOptions,
  reduceScatterSync,
} from "./tensors/reduce-scatter.js";
export { startTimeline, stopTimeline } from "./timeline.js";
