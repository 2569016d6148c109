/**
 * The environment contract between launcher and rank: the only file that reads or writes it.
 * No secret is in it; the token of the job comes over the control pipe (KOLO_CONTROL_FD).
 */
import { KoloError } from "./errors.js";
import { exchangeRanges, type ExchangeSettings, isWithin } from "./exchange-settings.js";
import { defaultLimits, type JobLimits } from "./job-limits.js";
import { type LogLevel, logLevels } from "./logger.js";
import { type EnginePlacement } from "./placement/engine-placement.js";
import { findPlacement } from "./placement/find-placement.js";
import { isSeed, seedRange } from "./seed.js";
import { type Environment } from "./variables.js";
import { type World, worldOn } from "./world.js";

/** What was said to all ranks alike. */
export interface RankSettings {
  /** What --backend said; `auto` lets kolo choose. */
  readonly backend: string;
  /** What --transport said. */
  readonly transport: string;
  /** What was said about how gradients travel; absent: nothing. */
  readonly exchange?: ExchangeSettings;
  /** What --seed said; absent: nothing is seeded. */
  readonly seed?: number;
  readonly logLevel: LogLevel;
}

/** What a rank knows of its job. */
export interface RankEnvironment extends RankSettings {
  readonly world: World;
  /** On which host (crossRank) each rank runs, by rank. */
  readonly hosts: readonly number[];
  /** host:port of the coordinator. */
  readonly coordinator: string;
  /** A pipe to the launcher: why this rank is about to end. Absent where an engine started the rank. */
  readonly reportFd?: number;
  /** What --timeline said, as an absolute path; absent: no timeline is recorded from the start. */
  readonly timeline?: string;
  /**
   * When the job began, in microseconds of the monotonic clock of the launcher's host: the timeline's
   * zero, alike on all ranks.
   */
  readonly timelineZeroUs?: number;
  /**
   * Where this rank writes its parts of timelines, a folder that its host's agent sends them from and
   * removes; absent: beside the timeline, which is on this host.
   */
  readonly timelineParts?: string;
}

/** What the launcher tells a rank. */
export interface LaunchedEnvironment extends RankEnvironment {
  /** A pipe from the launcher: the token comes first, and its end means the launcher is gone. */
  readonly controlFd: number;
  readonly reportFd: number;
}

const worldVariables = {
  rank: "KOLO_RANK",
  size: "KOLO_SIZE",
  localRank: "KOLO_LOCAL_RANK",
  localSize: "KOLO_LOCAL_SIZE",
  crossRank: "KOLO_CROSS_RANK",
  crossSize: "KOLO_CROSS_SIZE",
} as const satisfies Record<keyof World, string>;

const exchangeVariables = {
  bucketBytes: "KOLO_BUCKET_BYTES",
  segmentBytes: "KOLO_SEGMENT_BYTES",
  channels: "KOLO_CHANNELS",
} as const satisfies Record<keyof typeof exchangeRanges, string>;
const exchangeNumbers = ["bucketBytes", "segmentBytes", "channels"] as const;
const autotuneVariable = "KOLO_AUTOTUNE";

const controlFdVariable = "KOLO_CONTROL_FD";
/** A rank is among the ancestors of this process, or is this process. */
const rankVariable = "KOLO_IS_RANK";

export function writeRankEnvironment(rank: LaunchedEnvironment): Record<string, string> {
  const variables: Record<string, string> = {
    ...writeRankSettings(rank),
    KOLO_HOSTS: rank.hosts.join(","),
    KOLO_COORDINATOR: rank.coordinator,
    KOLO_TIMELINE: rank.timeline ?? "",
    KOLO_TIMELINE_ZERO_US: String(rank.timelineZeroUs ?? ""),
    KOLO_TIMELINE_PARTS: rank.timelineParts ?? "",
    [controlFdVariable]: String(rank.controlFd),
    KOLO_REPORT_FD: String(rank.reportFd),
  };
  for (const [field, variable] of Object.entries(worldVariables)) {
    variables[variable] = String(rank.world[field as keyof World]);
  }
  return variables;
}

export function writeRankSettings(settings: RankSettings): Record<string, string> {
  const { backend, transport, exchange, seed, logLevel } = settings;
  const variables: Record<string, string> = {
    KOLO_BACKEND: backend,
    KOLO_TRANSPORT: transport,
    // Set in any case, so that one from outside does not count.
    KOLO_SEED: seed === undefined ? "" : String(seed),
    KOLO_LOG_LEVEL: logLevel,
  };
  for (const name of exchangeNumbers) {
    variables[exchangeVariables[name]] = String(exchange?.[name] ?? "");
  }
  variables[autotuneVariable] = exchange?.autotune === true ? "1" : "";
  return variables;
}

/**
 * What the launcher told this process, or undefined where no launcher did.
 * Throws `config_invalid` where the contract is broken.
 */
export function readRankEnvironment(environment: Environment): LaunchedEnvironment | undefined {
  if (environment[controlFdVariable] === undefined) return undefined;
  const text = (name: string): string => {
    const value = environment[name];
    if (value === undefined || value === "") {
      throw new KoloError("config_invalid", `expected the launcher to set ${name}; it is missing`);
    }
    return value;
  };
  const integer = (name: string): number => {
    const value = text(name);
    if (!/^\d{1,9}$/.test(value)) {
      throw new KoloError("config_invalid", `expected ${name} to be an integer, got "${value}"`);
    }
    return Number(value);
  };
  const world: World = {
    rank: integer(worldVariables.rank),
    size: integer(worldVariables.size),
    localRank: integer(worldVariables.localRank),
    localSize: integer(worldVariables.localSize),
    crossRank: integer(worldVariables.crossRank),
    crossSize: integer(worldVariables.crossSize),
  };
  for (const [index, count, what] of [
    [world.rank, world.size, "KOLO_RANK < KOLO_SIZE"],
    [world.localRank, world.localSize, "KOLO_LOCAL_RANK < KOLO_LOCAL_SIZE"],
    [world.crossRank, world.crossSize, "KOLO_CROSS_RANK < KOLO_CROSS_SIZE"],
  ] as const) {
    if (index >= count) {
      throw new KoloError("config_invalid", `expected ${what}, got ${index} and ${count}`);
    }
  }
  const hosts = readHosts(text("KOLO_HOSTS"), world);
  const timeline = environment["KOLO_TIMELINE"] ?? "";
  const zeroUs = environment["KOLO_TIMELINE_ZERO_US"] ?? "";
  const timelineParts = environment["KOLO_TIMELINE_PARTS"] ?? "";
  return {
    ...readRankSettings(environment),
    world,
    hosts,
    coordinator: text("KOLO_COORDINATOR"),
    controlFd: integer(controlFdVariable),
    reportFd: integer("KOLO_REPORT_FD"),
    ...(timeline !== "" && { timeline }),
    ...(/^\d+$/.test(zeroUs) && { timelineZeroUs: Number(zeroUs) }),
    ...(timelineParts !== "" && { timelineParts }),
  };
}

/** What is not said has the default of a flag that is not given. Throws `config_invalid`. */
export function readRankSettings(environment: Environment): RankSettings {
  const seed = environment["KOLO_SEED"] ?? "";
  if (seed !== "" && !(/^\d+$/.test(seed) && isSeed(Number(seed)))) {
    throw new KoloError("config_invalid", `expected KOLO_SEED to be ${seedRange}, got "${seed}"`);
  }
  const exchange = readExchange(environment);
  return {
    backend: environment["KOLO_BACKEND"] ?? "auto",
    transport: environment["KOLO_TRANSPORT"] ?? "auto",
    ...(exchange !== undefined && { exchange }),
    ...(seed !== "" && { seed: Number(seed) }),
    logLevel: logLevels.find((level) => level === environment["KOLO_LOG_LEVEL"]) ?? "warn",
  };
}

/** All ranks' places follow from this list, and this rank's must agree with what it was told. */
function readHosts(text: string, world: World): number[] {
  const hosts = text.split(",").map(Number);
  const known = hosts.every(
    (host) => Number.isInteger(host) && host >= 0 && host < world.crossSize,
  );
  const place: World | undefined = known ? worldOn(hosts, world.rank) : undefined;
  const fields = Object.keys(worldVariables) as (keyof World)[];
  if (place === undefined || fields.some((field) => place[field] !== world[field])) {
    throw new KoloError(
      "config_invalid",
      `expected KOLO_HOSTS to name the host of each of ${world.size} ranks, with ` +
        `${world.localSize} on host ${world.crossRank} of ${world.crossSize}, got "${text}"`,
    );
  }
  return hosts;
}

/** Undefined where nothing was said. Throws `config_invalid`. */
function readExchange(environment: Environment): ExchangeSettings | undefined {
  const said: { -readonly [name in keyof ExchangeSettings]: ExchangeSettings[name] } = {};
  for (const name of exchangeNumbers) {
    const variable = exchangeVariables[name];
    const text = environment[variable] ?? "";
    if (text === "") continue;
    const value = Number(text);
    const { least, most } = exchangeRanges[name];
    if (!isWithin(value, exchangeRanges[name])) {
      throw new KoloError(
        "config_invalid",
        `expected ${variable} to be from ${least} to ${most}, got "${text}"`,
      );
    }
    said[name] = value;
  }
  if (environment[autotuneVariable] === "1") said.autotune = true;
  return Object.keys(said).length === 0 ? undefined : said;
}

/**
 * Takes the control pipe out of the environment, so that a process this rank starts (a fork runs
 * the same preload, and inherits what an engine has said) does not take itself for the rank.
 */
export function forgetControlFd(environment: Record<string, string | undefined>): void {
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- an environment has no other way
  delete environment[controlFdVariable];
  environment[rankVariable] = "1";
}

/** What the ranks of an engine are told of how they find each other. */
export interface MeetingSettings {
  /** What --shared-directory said: a folder that all hosts see. */
  readonly sharedDirectory?: string;
  /** A name for the job, where the engine has none. */
  readonly job?: string;
  readonly networkInterfaces: readonly string[];
  readonly insecure: boolean;
  readonly limits: JobLimits;
}

const limitVariables = {
  startTimeoutMs: "KOLO_START_TIMEOUT_MS",
  stallWarningMs: "KOLO_STALL_WARNING_MS",
  stallTimeoutMs: "KOLO_STALL_TIMEOUT_MS",
  heartbeatTimeoutMs: "KOLO_HEARTBEAT_TIMEOUT_MS",
} as const satisfies Record<keyof JobLimits, string>;

export function writeMeetingSettings(settings: MeetingSettings): Record<string, string> {
  const { sharedDirectory, job, networkInterfaces, insecure, limits } = settings;
  const names = Object.keys(limitVariables) as (keyof JobLimits)[];
  return {
    ...(sharedDirectory !== undefined && { KOLO_SHARED_DIRECTORY: sharedDirectory }),
    ...(job !== undefined && { KOLO_JOB: job }),
    KOLO_NETWORK_INTERFACE: networkInterfaces.join(","),
    KOLO_INSECURE: insecure ? "1" : "",
    ...Object.fromEntries(names.map((name) => [limitVariables[name], String(limits[name])])),
  };
}

/** What is not said has the default of a flag that is not given. Throws `config_invalid`. */
export function readMeetingSettings(environment: Environment): MeetingSettings {
  const text = (name: string): string => environment[name] ?? "";
  const limits: { -readonly [name in keyof JobLimits]: number } = { ...defaultLimits };
  for (const name of Object.keys(limitVariables) as (keyof JobLimits)[]) {
    const value = text(limitVariables[name]);
    if (value === "") continue;
    if (!/^\d{1,10}$/.test(value)) {
      const message = `expected ${limitVariables[name]} to be milliseconds, got "${value}"`;
      throw new KoloError("config_invalid", message);
    }
    limits[name] = Number(value);
  }
  const [sharedDirectory, job] = [text("KOLO_SHARED_DIRECTORY"), text("KOLO_JOB")];
  return {
    ...(sharedDirectory !== "" && { sharedDirectory }),
    ...(job !== "" && { job }),
    networkInterfaces: text("KOLO_NETWORK_INTERFACE")
      .split(",")
      .filter((name) => name !== ""),
    insecure: text("KOLO_INSECURE") === "1",
    limits,
  };
}

/**
 * Where an engine has put this process: undefined where none has, where tsrun is the launcher, and in
 * a process that a rank has started. Throws `config_invalid`.
 */
export function readPlacement(environment: Environment): EnginePlacement | undefined {
  const isTaken =
    environment[controlFdVariable] !== undefined || environment[rankVariable] !== undefined;
  return isTaken ? undefined : findPlacement(environment);
}
