export {
  type Coordinator,
  type CoordinatorLimits,
  type CoordinatorOptions,
  startCoordinator,
} from "./coordinator.js";
export { exitCodeOf } from "./diagnosis/verdict.js";
export { type ProcessExit } from "./diagnosis/job-state.js";
export { type CoordinatorListener } from "./job.js";
export { makeSecrets, type Secrets, type SecretsOptions } from "./secrets.js";
export { joinWorld } from "./join-world.js";
export {
  attendMeeting,
  gather,
  type Greeting,
  type Guest,
  type Invitation,
} from "./meeting/meeting.js";
export { MeetingFolder } from "./meeting/meeting-folder.js";
export { type JoinWorldOptions, type Membership } from "./membership.js";
export {
  type ManifestEntry,
  type Member,
  type OperationProgress,
  type RankStatistics,
  type Registration,
  type RootCause,
  type TrainingProgress,
} from "./messages.js";
