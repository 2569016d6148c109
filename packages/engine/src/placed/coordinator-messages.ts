/** What rank 0 and the thread that coordinates beside it tell each other. */
import { type EnginePlacement, type LogLevel, type MeetingSettings } from "@kolo/core";
import { type MessagePort } from "node:worker_threads";

export interface CoordinatorData {
  readonly placement: EnginePlacement;
  readonly meeting: MeetingSettings;
  /** Of the meeting's folder. */
  readonly path: string;
  readonly koloVersion: string;
  readonly logLevel: LogLevel;
  readonly port: MessagePort;
  /** One word, 1 when the thread is done. */
  readonly closed: SharedArrayBuffer;
}

/** Rank 0 is about to end with this code. */
export interface RankZeroMessage {
  readonly exitCode: number;
}
