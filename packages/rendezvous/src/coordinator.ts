/**
 * The coordinator, in the launcher's process: a gRPC server on which every rank keeps one stream.
 * docs/protocol-coordinator.md tells the whole story.
 */
import { Server, ServerCredentials } from "@grpc/grpc-js";
import { type Clock, type ErrorWire, KoloError, type Logger, systemClock } from "@kolo/core";
import { hostname } from "node:os";
import { Attendance } from "./attendance.js";
import { type JobLimits, type ProcessExit } from "./diagnosis/job-state.js";
import { type CoordinatorListener, Job } from "./job.js";
import { type RankStatistics, type RootCause } from "./messages.js";
import { attendMethod, channelOptions } from "./wire/attend-method.js";

/** Limits as the launcher gives them; the graces have defaults. */
export type CoordinatorLimits = Omit<JobLimits, "symptomGraceMs" | "exitGraceMs"> &
  Partial<JobLimits>;

export interface CoordinatorOptions {
  /** How many ranks there are. */
  readonly size: number;
  /** Version of kolo: ranks of another are refused. */
  readonly koloVersion: string;
  /** Secret of the job: at least 16 characters. Every call must carry it. */
  readonly token: string;
  /** Where to listen: a loopback address. Default 127.0.0.1. */
  readonly host?: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: CoordinatorLimits;
  readonly listener: CoordinatorListener;
}

export interface Coordinator {
  /** host:port for the ranks. */
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
const loopbackHosts = ["127.0.0.1", "::1", "localhost"];
/** After this, connections that have not ended are cut. */
const closeTimeoutMs = 500;

/** Starts listening. Throws `config_invalid` for a host that is not loopback or a short token. */
export async function startCoordinator(options: CoordinatorOptions): Promise<Coordinator> {
  const { size, token, koloVersion, clock, logger, listener, host = "127.0.0.1" } = options;
  if (!loopbackHosts.includes(host)) {
    const message = `expected the coordinator's host to be loopback (${loopbackHosts.join(", ")}), got ${host}`;
    throw new KoloError("config_invalid", message);
  }
  if (token.length < 16) {
    throw new KoloError("config_invalid", "expected a token of 16 characters or more");
  }
  const attendance = new Attendance({ size, token, koloVersion, logger, job: () => job });
  const server = new Server(channelOptions);
  server.addService({ Attend: attendMethod() }, { Attend: attendance.attend.bind(attendance) });
  const authority = host.includes(":") ? `[${host}]` : host;
  const port = await bind(server, `${authority}:0`);
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
    address: `${authority}:${port}`,
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
      await shutDown(server);
    },
  };
}

function bind(server: Server, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, port) => {
      if (error === null) resolve(port);
      else {
        const message = `expected to listen on ${address}, got: ${error.message}`;
        reject(new KoloError("config_invalid", message, { cause: error }));
      }
    });
  });
}

/** What was sent leaves first; a rank that does not close its connection is cut off. */
function shutDown(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cancelTimeout = systemClock.after(closeTimeoutMs, () => {
      server.forceShutdown();
    });
    server.tryShutdown(() => {
      cancelTimeout();
      resolve();
    });
  });
}
