/**
 * The coordinator, in the launcher's process: a gRPC server on which every rank keeps one stream.
 * docs/protocol-coordinator.md tells the whole story.
 */
import { Server } from "@grpc/grpc-js";
import {
  checkListenOn,
  type Clock,
  type ErrorWire,
  KoloError,
  type ListenOn,
  type Logger,
  type Protection,
  RefusalLog,
  systemClock,
} from "@kolo/core";
import { hostname } from "node:os";
import { Attendance } from "./attendance.js";
import { type JobLimits, type ProcessExit } from "./diagnosis/job-state.js";
import { type CoordinatorListener, Job } from "./job.js";
import { type RankStatistics, type RootCause } from "./messages.js";
import { openServer } from "./open-server.js";
import { attendMethod, serverOptions } from "./wire/attend-method.js";

/** Limits as the launcher gives them; the graces have defaults. */
export type CoordinatorLimits = Omit<JobLimits, "symptomGraceMs" | "exitGraceMs"> &
  Partial<JobLimits>;

/** With `secure`, ranks must show the certificate of their rank, and the token too. */
export interface CoordinatorOptions extends Protection {
  /** How many ranks there are. */
  readonly size: number;
  /** Version of kolo: ranks of another are refused. */
  readonly koloVersion: string;
  /** Secret of the job: at least 16 characters. Every call must carry it. */
  readonly token: string;
  /** Where to listen. Default: 127.0.0.1. */
  readonly listenOn?: ListenOn;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: CoordinatorLimits;
  readonly listener: CoordinatorListener;
}

export interface Coordinator {
  /** host:port for the ranks, host being that of `listenOn`. */
  readonly address: string;
  /** The first failure, once there is one. */
  readonly rootCause: RootCause | undefined;
  /** A rank's process runs; makes a start timeout say where the missing ranks are. */
  rankStarted(rank: number, process: { readonly pid: number; readonly host: string }): void;
  /** A rank's process has ended. As Node says it: one of the two is null. */
  rankExited(rank: number, exit: ProcessExit): void;
  /** A rank wrote on its control pipe why it is about to end. */
  rankReported(rank: number, error: ErrorWire): void;
  /** Ends the job with this cause, unless it has failed already. */
  abort(rootCause: RootCause): void;
  /** Latest of each rank, by rank; undefined where it has sent none. */
  statistics(): (RankStatistics | undefined)[];
  /** Ends all streams, after what was sent on them, and the server. */
  close(): Promise<void>;
}

const defaultGraces = { symptomGraceMs: 3000, exitGraceMs: 500 };
/** After this, connections that have not ended are cut. */
const closeTimeoutMs = 500;

/**
 * Starts listening. Throws `config_invalid` for a short token, and for an address beyond loopback
 * without certificates where `insecure` does not say so.
 */
export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { size, token, koloVersion, clock, logger, listener, secure } = options;
  const listenOn = options.listenOn ?? { host: "127.0.0.1" };
  checkListenOn("the coordinator", listenOn, options);
  if (token.length < 16) {
    throw new KoloError("config_invalid", "expected a token of 16 characters or more");
  }
  const refusals = new RefusalLog(logger, "a call to the coordinator");
  const attendance = new Attendance({
    ...{ size, token, koloVersion, clock, logger, refusals, certified: secure?.job },
    job: () => job,
  });
  const server = new Server(serverOptions);
  server.addService({ Attend: attendMethod() }, { Attend: attendance.attend.bind(attendance) });
  const opened = await openServer(server, { ...listenOn, secure, size, clock, refusals });
  const job = new Job({
    size,
    clock,
    logger,
    listener,
    host: hostname(),
    limits: { ...defaultGraces, ...options.limits },
    send: (rank, event) => {
      attendance.send(rank, event);
    },
  });
  return {
    address: opened.address,
    get rootCause() {
      return job.rootCause;
    },
    rankStarted: (rank, process) => {
      job.started(rank, process);
    },
    rankExited: (rank, { exitCode, signal }) => {
      job.exited(rank, { exitCode, signal });
    },
    rankReported: (rank, error) => {
      job.reported(rank, error);
    },
    abort: (rootCause) => {
      job.abort(rootCause);
    },
    statistics: () => job.statistics(),
    close: async () => {
      job.close();
      attendance.close();
      await Promise.all([shutDown(server), opened.close()]);
    },
  };
}

/** What was sent leaves first; a rank that does not close its connection is cut off. */
function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cancelTimeout = systemClock.after(closeTimeoutMs, () => {
      server.forceShutdown();
      // What gRPC waits for may never come: a session that is destroyed already does not close.
      resolve();
    });
    server.tryShutdown(() => {
      cancelTimeout();
      resolve();
    });
  });
}
