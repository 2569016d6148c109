/** The payloads of frames that are JSON or numbers (frame.ts says which is which). */
import { type NetworkInterfaceInfo } from "node:os";
import { type ErrorWire, KoloError, type LaunchMessage } from "@kolo/core";
import { type GpuList } from "../gpus/list-gpus.js";
import { type RankExit } from "../ranks/spawn-rank.js";
import { type Frame } from "./frame.js";

/** Who the agent is. Read before anything is known to be alike, so it only ever gains fields. */
export interface Hello {
  readonly koloVersion: string;
  /** Such as "v20.19.5". */
  readonly nodeVersion: string;
  /** Equal for two agents on one machine; undefined where there is no telling (machine-identity.ts). */
  readonly machine?: string;
  readonly cores: number;
}

export interface Prepare {
  /** Absolute paths on the agent's host. */
  readonly directory: string;
  readonly script: string;
  readonly scriptArguments: readonly string[];
  /** Whether nvidia-smi is to be asked. */
  readonly wantsGpus: boolean;
  /** How long the other side may be silent before it is taken for lost. */
  readonly silenceMs: number;
}

export interface Ready {
  /** What the job lacks on this host, in words; nothing: it can run. */
  readonly missing: readonly string[];
  /** Those of this host's variables that decide about threads and GPUs (planning-variables.ts). */
  readonly variables: Readonly<Record<string, string>>;
  /** Undefined where they were not asked for. */
  readonly gpus?: GpuList;
  /** Whether the project there has @tensorflow/tfjs-node-gpu. */
  readonly gpuPackage: boolean;
  /** As os.networkInterfaces() gives them. */
  readonly interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>;
  /**
   * The address of this host that ssh has reached it at, which may not be one of its own interfaces;
   * under srun and mpirun, that from which it speaks to tsrun's host. Undefined where none says.
   */
  readonly reachedAt?: string;
  /** Where ranks are to write their parts of timelines. */
  readonly partsFolder: string;
  /** When prepare came and when this goes, by this host's clocks. */
  readonly received: ClockReading;
  readonly sent: ClockReading;
}

export interface ClockReading {
  /** Milliseconds since 1970. */
  readonly wallMs: number;
  /** Microseconds of the monotonic clock. */
  readonly monotonicUs: number;
}

export function readClocks(): ClockReading {
  return { wallMs: Date.now(), monotonicUs: Number(process.hrtime.bigint() / 1000n) };
}

export interface SpawnOrder {
  /** For node's command line. */
  readonly nodeFlags: readonly string[];
  /** Added to the agent's own. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The first line of the rank's control pipe: secrets. */
  readonly launch: LaunchMessage;
}

export interface Started {
  readonly pid: number;
}

export interface Unstarted {
  readonly message: string;
  readonly code?: string;
}

export interface Report {
  readonly failure: ErrorWire;
}

export interface Timeline {
  readonly file: string;
}

export type Exit = RankExit;

export interface Clocked {
  readonly received: ClockReading;
  readonly sent: ClockReading;
}

export interface Collect {
  /** The timeline, as the rank knows it. */
  readonly file: string;
}

export interface Collected {
  /** What kept the part from being read, in words. */
  readonly failure?: string;
}

export function encodeJson(value: object): Buffer {
  return Buffer.from(JSON.stringify(value), "utf8");
}

/** Throws `message_invalid` where it is no object. Its fields are the other side's to get right. */
export function readJson(frame: Frame): object {
  try {
    const value: unknown = JSON.parse(frame.payload.toString("utf8"));
    if (typeof value === "object" && value !== null) return value;
  } catch {
    // Refused below, like what is JSON and no object.
  }
  throw new KoloError("message_invalid", `expected JSON in a frame (${frame.kind})`);
}

/** Of a rank: its output, and a part of a timeline that is being collected. */
export const streamNames = ["stdout", "stderr", "timeline"] as const;
export type StreamName = (typeof streamNames)[number];

/** Throws `message_invalid`. */
export function readStream({ kind, payload }: Frame): StreamName {
  const name = streamNames[payload.at(0) ?? streamNames.length];
  if (name !== undefined) return name;
  throw new KoloError("message_invalid", `expected a frame (${kind}) to name a stream`);
}

export function encodeStream(name: StreamName, bytes: Buffer = Buffer.alloc(0)): Buffer {
  return Buffer.concat([Buffer.of(streamNames.indexOf(name)), bytes]);
}

export function encodeCredit(name: StreamName, bytes: number): Buffer {
  const payload = Buffer.alloc(5);
  payload.writeUInt8(streamNames.indexOf(name), 0);
  payload.writeUInt32BE(bytes, 1);
  return payload;
}

/** Throws `message_invalid`. */
export function readCredit(frame: Frame): { readonly name: StreamName; readonly bytes: number } {
  const name = readStream(frame);
  if (frame.payload.length === 5) return { name, bytes: frame.payload.readUInt32BE(1) };
  throw new KoloError("message_invalid", "expected a frame (credit) with a number of bytes");
}
