/**
 * The rank's side of the coordinator's stream: joins, beats, proposes, reports, and leaves together
 * with all ranks. Once it has ended, nothing is sent and nothing is called back.
 */
import { type Clock, fromWire, isKoloError, KoloError, systemClock, toWire } from "@kolo/core";
import { abortError } from "./abort-error.js";
import { AttendStream } from "./attend-stream.js";
import { type JoinWorldOptions, type Membership } from "./membership.js";
import { type ManifestEntry, type Member, type RootCause } from "./messages.js";
import { type CoordinatorEvent } from "./wire/events.js";

const defaultHeartbeatMs = 1000;

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: KoloError) => void;
}

type Phase =
  | {
      readonly name: "joining";
      readonly resolve: (membership: Membership) => void;
      readonly reject: (error: KoloError) => void;
    }
  | { readonly name: "member" }
  | { readonly name: "leaving" }
  | { readonly name: "ended"; readonly error: KoloError | undefined };

export class RankSession {
  readonly #options: JoinWorldOptions;
  readonly #clock: Clock;
  readonly #stream: AttendStream;
  readonly #manifests = new Map<number, Waiting>();
  readonly #farewell: Waiting[] = [];
  #phase: Phase;
  #manifestCount = 0;
  #cancelHeartbeat: () => void = () => undefined;

  constructor(
    options: JoinWorldOptions,
    resolve: (membership: Membership) => void,
    reject: (error: KoloError) => void,
  ) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#phase = { name: "joining", resolve, reject };
    const { coordinator, token, secure, rank, coordinatedBy = "tsrun" } = options;
    this.#stream = new AttendStream({
      coordinator,
      token,
      secure,
      rank,
      coordinatedBy,
      onEvent: (event) => {
        this.#take(event);
      },
      onEnd: (error) => {
        this.#end(error);
      },
    });
    this.#register();
  }

  #register(): void {
    const { rank, address, host, transport, koloVersion } = this.#options;
    this.#stream.send({
      kind: "register",
      registration: {
        rank,
        address,
        host,
        pid: process.pid,
        koloVersion,
        nodeVersion: process.version,
        transport,
      },
    });
    this.#beatOn();
  }

  #take(event: CoordinatorEvent): void {
    switch (event.kind) {
      case "world":
        this.#enter(event.generation, event.members);
        return;
      case "manifest": {
        const waiting = this.#manifests.get(event.sequence);
        this.#manifests.delete(event.sequence);
        if (event.error === undefined) waiting?.resolve();
        else waiting?.reject(asKoloError(fromWire(event.error)));
        return;
      }
      case "abort":
        this.#end(abortError(event.rootCause), event.rootCause);
        return;
      case "farewell":
        this.#stop(undefined);
        for (const { resolve } of this.#farewell.splice(0)) resolve();
        return;
    }
  }

  #enter(generation: number, members: readonly Member[]): void {
    if (this.#phase.name !== "joining") return;
    const { size, rank } = this.#options;
    if (members.length !== size || members.some((member, index) => member.rank !== index)) {
      const message = `expected a world of ${size} ranks in order, got ${members.length}`;
      this.#end(new KoloError("internal", message, { rank }));
      return;
    }
    const { resolve } = this.#phase;
    this.#phase = { name: "member" };
    resolve({
      generation,
      members,
      proposeManifest: (entries) => this.#proposeManifest(entries),
      report: (progress) => {
        this.#stream.send({ kind: "progress", progress });
      },
      fail: (error) => {
        this.#beat();
        this.#stream.send({ kind: "failure", error: toWire(error) });
      },
      leave: () => this.#leave(),
      close: () => {
        this.#stop(undefined);
        return Promise.resolve();
      },
    });
  }

  #proposeManifest(entries: readonly ManifestEntry[]): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#rejectIfEnded(reject)) return;
      const sequence = this.#manifestCount;
      this.#manifestCount += 1;
      this.#manifests.set(sequence, { resolve, reject });
      this.#stream.send({ kind: "manifest", sequence, entries });
    });
  }

  #leave(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#rejectIfEnded(reject)) return;
      this.#farewell.push({ resolve, reject });
      if (this.#phase.name === "leaving") return;
      this.#phase = { name: "leaving" };
      this.#cancelHeartbeat();
      const { submitted, completed } = this.#options.progress();
      const statistics = this.#options.statistics();
      this.#stream.send({ kind: "leave", statistics, submitted, completed });
    });
  }

  #beatOn(): void {
    const { heartbeatMs = defaultHeartbeatMs } = this.#options;
    this.#cancelHeartbeat = this.#clock.after(heartbeatMs, () => {
      this.#beat();
      this.#beatOn();
    });
  }

  #beat(): void {
    if (this.#phase.name === "ended" || this.#phase.name === "leaving") return;
    const { progress, statistics } = this.#options;
    this.#stream.send({ kind: "heartbeat", progress: progress(), statistics: statistics() });
  }

  /** The job is over for this rank, badly: everything that waits is told. */
  #end(error: KoloError, rootCause?: RootCause): void {
    const phase = this.#phase;
    if (phase.name === "ended") return;
    this.#stop(error);
    const waiting = [...this.#manifests.values(), ...this.#farewell.splice(0)];
    this.#manifests.clear();
    for (const { reject } of waiting) reject(error);
    if (phase.name === "joining") phase.reject(error);
    else this.#options.onAbort(error, rootCause);
  }

  #stop(error: KoloError | undefined): void {
    if (this.#phase.name === "ended") return;
    this.#phase = { name: "ended", error };
    this.#cancelHeartbeat();
    this.#stream.close();
  }

  #rejectIfEnded(reject: (error: KoloError) => void): boolean {
    if (this.#phase.name !== "ended") return false;
    const { rank } = this.#options;
    const closed = new KoloError("not_initialized", "this rank has left the world", { rank });
    reject(this.#phase.error ?? closed);
    return true;
  }
}

function asKoloError(error: Error): KoloError {
  if (isKoloError(error)) return error;
  return new KoloError("internal", error.message, { cause: error });
}
