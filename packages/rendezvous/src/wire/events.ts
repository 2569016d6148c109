/** Everything that travels on a rank's stream, in both directions. */
import { type ErrorWire } from "@kolo/core";
import {
  type ManifestEntry,
  type Member,
  type OperationProgress,
  type RankStatistics,
  type Registration,
  type RootCause,
  type TrainingProgress,
} from "../messages.js";

/** What arrived and is not an event: bytes that do not decode, or values that make no sense. */
export interface MalformedEvent {
  readonly kind: "malformed";
  readonly reason: string;
}

export type RankEvent =
  | { readonly kind: "register"; readonly registration: Registration }
  | {
      readonly kind: "heartbeat";
      readonly progress: OperationProgress;
      readonly statistics: RankStatistics;
    }
  | {
      readonly kind: "manifest";
      readonly sequence: number;
      readonly entries: readonly ManifestEntry[];
    }
  | { readonly kind: "progress"; readonly progress: TrainingProgress }
  | { readonly kind: "failure"; readonly error: ErrorWire }
  | {
      readonly kind: "leave";
      readonly statistics: RankStatistics;
      readonly submitted: number;
      readonly completed: number;
    };

export type CoordinatorEvent =
  | { readonly kind: "world"; readonly generation: number; readonly members: readonly Member[] }
  | {
      readonly kind: "manifest";
      readonly sequence: number;
      /** Undefined where the ranks agree. */
      readonly error: ErrorWire | undefined;
    }
  | { readonly kind: "abort"; readonly rootCause: RootCause }
  | { readonly kind: "farewell" };
