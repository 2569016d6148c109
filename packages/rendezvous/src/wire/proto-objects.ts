/**
 * Objects as the protobuf library hands them out: every plain field is there with its type, absent
 * sub-messages are null or missing. What the library guarantees is declared here, once.
 */
import { KoloError } from "@kolo/core";
import {
  type Member,
  type OperationProgress,
  type RankStatistics,
  type TrainingProgress,
} from "../messages.js";

export type Absent = null | undefined;

export interface ErrorObject {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string;
  readonly context?: ErrorContextObject | null;
  readonly cause?: ErrorObject | null;
}

export interface ErrorContextObject {
  readonly rank?: number;
  readonly peer?: number;
  readonly host?: string;
  readonly operation?: string;
  readonly generation?: number;
}

export interface ManifestEntryObject {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

export interface RegisterObject extends Member {
  readonly koloVersion: string;
  readonly nodeVersion: string;
  readonly transport: string;
}

export interface TrainingProgressObject extends Omit<TrainingProgress, "metrics"> {
  readonly metrics: readonly { readonly name: string; readonly value: number }[];
}

export interface RankEventObject {
  readonly event?: string;
  readonly register?: RegisterObject;
  readonly heartbeat?: {
    readonly progress: OperationProgress | Absent;
    readonly statistics: RankStatistics | Absent;
  };
  readonly manifest?: {
    readonly sequence: number;
    readonly entries: readonly ManifestEntryObject[];
  };
  readonly progress?: TrainingProgressObject;
  readonly failure?: { readonly error: ErrorObject | Absent };
  readonly leave?: {
    readonly statistics: RankStatistics | Absent;
    readonly submitted: number;
    readonly completed: number;
  };
}

export interface RootCauseObject {
  readonly rank?: number;
  readonly host: string;
  readonly error: ErrorObject | Absent;
  readonly exitCode: number;
}

export interface CoordinatorEventObject {
  readonly event?: string;
  readonly world?: { readonly generation: number; readonly members: readonly Member[] };
  readonly manifest?: { readonly sequence: number; readonly error?: ErrorObject | null };
  readonly abort?: { readonly rootCause: RootCauseObject | Absent };
  readonly farewell?: object;
}

/** The sub-message, or `message_invalid` where the sender left it out. */
export function present<T>(value: T | Absent, what: string): T {
  if (value !== null && value !== undefined) return value;
  throw new KoloError("message_invalid", `expected ${what}, got an event without it`);
}
