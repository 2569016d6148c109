export {
  type ManifestEntry,
  type Member,
  type OperationProgress,
  type RankStatistics,
  type RootCause,
  type TrainingProgress,
} from "./messages.js";
