/** Jobs in any state, for the tests of the diagnosis. */
import { type ErrorContext, type ErrorWire, type KoloErrorCode } from "@kolo/core";
import { type OperationProgress, type Registration } from "../messages.js";
import {
  createJobState,
  type JobLimits,
  type JobState,
  type RankState,
} from "../diagnosis/job-state.js";
import { diagnosed } from "../diagnosis/verdict.js";

export const limits: JobLimits = {
  startTimeoutMs: 30_000,
  stallWarningMs: 60_000,
  stallTimeoutMs: 600_000,
  heartbeatTimeoutMs: 30_000,
  symptomGraceMs: 2000,
  exitGraceMs: 500,
};

export function registration(rank: number): Registration {
  return {
    rank,
    address: `127.0.0.1:${9000 + rank}`,
    host: `host-${rank}`,
    pid: 100 + rank,
    koloVersion: "0.1.0",
    nodeVersion: "v20",
    transport: "grpc",
  };
}

export function progress(change: Partial<OperationProgress> = {}): OperationProgress {
  const idle = { submitted: 0, completed: 0, current: "", currentForMs: 0, last: "", idleForMs: 0 };
  return { ...idle, ...change };
}

/** Every rank has joined and was heard of at `nowMs`; `changes` are what is different, by rank. */
export function jobOf(
  size: number,
  changes: Readonly<Record<number, Partial<RankState>>> = {},
  nowMs = 0,
): JobState {
  const job = createJobState(size, "launcher", nowMs);
  const ranks = job.ranks.map((rank) => {
    return { ...rank, registration: registration(rank.rank), ...changes[rank.rank] };
  });
  const joined = ranks.some((rank) => rank.registration !== undefined);
  return { ...job, firstJoinAtMs: joined ? nowMs : undefined, ranks };
}

export function codedError(
  code: KoloErrorCode,
  message = "as it happens",
  context: ErrorContext = {},
): ErrorWire {
  return diagnosed(code, message, context);
}

export const plainError: ErrorWire = {
  name: "TypeError",
  message: "x is not a function",
  stack: "at train.ts:3",
};
