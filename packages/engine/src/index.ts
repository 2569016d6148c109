export { type Bucket, type BucketEntry, planBuckets } from "./buckets.js";
export {
  type Elements,
  type Engine,
  type Meter,
  type CompressedOperation,
  type CompressionOptions,
  type PreparedOperation,
  type PrepareOptions,
  type Timeline,
} from "./engine.js";
export { segmentBytesFor } from "./planning.js";
export { type EngineOptions, launchedSettings, startEngine } from "./start-engine.js";
export { type ManifestEntry, type TrainingProgress } from "@kolo/rendezvous";
