/**
 * The ranks' streams: who is calling, who may, and what goes in and out. A call is refused before
 * it has any effect on the job; a call of a rank that attends and then breaks the protocol is ended,
 * which the job sees as a broken stream.
 */
import { type ServerDuplexStream, status } from "@grpc/grpc-js";
import {
  authorizationKey,
  checkPeerName,
  type Clock,
  isKoloError,
  type Logger,
  type RefusalLog,
  showsToken,
} from "@kolo/core";
import { type Job } from "./job.js";
import { type CoordinatorEvent, type MalformedEvent, type RankEvent } from "./wire/events.js";

export type AttendCall = ServerDuplexStream<
  RankEvent | MalformedEvent,
  CoordinatorEvent | MalformedEvent
>;

export interface AttendanceOptions {
  readonly size: number;
  readonly token: string;
  readonly koloVersion: string;
  /** The job whose certificates ranks show; undefined where they show none. */
  readonly certified: string | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** For who is not who it says it is. */
  readonly refusals: RefusalLog;
  /** Asked for at each use: job and attendance know each other. */
  readonly job: () => Job;
}

/** How long a caller may take to say which rank it is. */
const registerTimeoutMs = 10_000;
/** Who is refused so may be anybody: everything else is a rank's mistake, which it reports itself. */
const suspicious: readonly status[] = [
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
  status.ALREADY_EXISTS,
  status.DEADLINE_EXCEEDED,
];

export class Attendance {
  readonly #options: AttendanceOptions;
  readonly #calls = new Map<number, AttendCall>();

  constructor(options: AttendanceOptions) {
    this.#options = options;
  }

  /** Serves one call of Attend. */
  attend(call: AttendCall): void {
    let rank: number | undefined;
    const gone = (details: string): void => {
      if (rank === undefined || this.#calls.get(rank) !== call) return;
      this.#calls.delete(rank);
      this.#options.job().disconnected(rank, details);
    };
    const refuse = (code: status, details: string): void => {
      cancelTimeout();
      const who = rank === undefined ? call.getPeer() : `rank ${rank}`;
      if (suspicious.includes(code)) this.#options.refusals.note(call.getPeer(), details);
      else this.#options.logger.debug(`refused ${who}: ${details}`);
      gone(details);
      call.emit("error", Object.assign(new Error(details), { code, details }));
    };
    const cancelTimeout = this.#options.clock.after(registerTimeoutMs, () => {
      refuse(status.DEADLINE_EXCEEDED, `expected a rank to register in ${registerTimeoutMs} ms`);
    });
    call.on("error", (error) => {
      cancelTimeout();
      gone(error.message);
    });
    call.on("cancelled", () => {
      cancelTimeout();
      gone("the connection was closed");
    });
    call.on("end", () => {
      cancelTimeout();
      gone("the rank ended the stream");
      call.end();
    });
    if (!showsToken(call.metadata.get(authorizationKey), this.#options.token)) {
      refuse(status.UNAUTHENTICATED, "expected the token of this job, got none or another");
      return;
    }
    const shown = call.getAuthContext().sslPeerCertificate?.subjectaltname;
    call.on("data", (event: RankEvent | MalformedEvent) => {
      if (rank !== undefined && this.#calls.get(rank) !== call) return;
      if (event.kind === "malformed") {
        refuse(status.INVALID_ARGUMENT, event.reason);
      } else if (rank === undefined) {
        const refusal = this.#refusalOf(event, shown);
        if (refusal !== undefined) {
          refuse(...refusal);
        } else if (event.kind === "register") {
          cancelTimeout();
          rank = event.registration.rank;
          this.#calls.set(rank, call);
          this.#options.job().joined(event.registration);
        }
      } else if (event.kind === "register") {
        refuse(status.INVALID_ARGUMENT, `rank ${rank} has registered already`);
      } else {
        this.#take(rank, event, refuse);
      }
    });
  }

  send(rank: number, event: CoordinatorEvent): void {
    const call = this.#calls.get(rank);
    if (call?.writable === true) call.write(event);
  }

  /** Ends every stream, after what has been sent on it. */
  close(): void {
    for (const call of this.#calls.values()) call.end();
    this.#calls.clear();
  }

  /** `shown` is the name in the caller's certificate, if it has one. */
  #refusalOf(
    event: RankEvent,
    shown: string | undefined,
  ): [code: status, details: string] | undefined {
    if (event.kind !== "register") {
      return [status.FAILED_PRECONDITION, `expected a rank to register first, got a ${event.kind}`];
    }
    const { rank, koloVersion } = event.registration;
    const { certified } = this.#options;
    if (certified !== undefined) {
      const reason = checkPeerName(shown, certified, { kind: "rank", rank });
      if (reason !== undefined) return [status.PERMISSION_DENIED, reason];
    }
    if (koloVersion !== this.#options.koloVersion) {
      const message =
        `expected kolo ${this.#options.koloVersion} on every rank, as tsrun is, got ${koloVersion}; ` +
        "install one version everywhere";
      return [status.UNIMPLEMENTED, message];
    }
    if (rank >= this.#options.size) {
      const message = `expected a rank below ${this.#options.size}, got ${rank}`;
      return [status.OUT_OF_RANGE, message];
    }
    if (!this.#options.job().admits(rank)) {
      return [status.ALREADY_EXISTS, `rank ${rank} has joined this job before`];
    }
    return undefined;
  }

  #take(
    rank: number,
    event: Exclude<RankEvent, { kind: "register" }>,
    refuse: (code: status, details: string) => void,
  ): void {
    try {
      this.#options.job().heard(rank, event);
    } catch (error) {
      if (!isKoloError(error)) throw error;
      refuse(status.INVALID_ARGUMENT, error.message);
    }
  }
}
