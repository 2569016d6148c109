/**
 * The environment contract between launcher and rank: the only file that reads or writes it.
 * No secret is in it; the token of the job comes over the control pipe (KOLO_CONTROL_FD).
 */
import { KoloError } from "./errors.js";
import { exchangeRanges, type ExchangeSettings, isWithin } from "./exchange-settings.js";
import { type LogLevel, logLevels } from "./logger.js";
import { isSeed, seedRange } from "./seed.js";
import { type World, worldOn } from "./world.js";

/** What the launcher tells a rank. */
export interface RankEnvironment {
  readonly world: World;
  /** On which host (crossRank) each rank runs, by rank. */
  readonly hosts: readonly number[];
  /** host:port of the coordinator. */
  readonly coordinator: string;
  /** A pipe from the launcher: the token comes first, and its end means the launcher is gone. */
  readonly controlFd: number;
  /** A pipe to the launcher: why this rank is about to end. */
  readonly reportFd: number;
  /** What --backend said; `auto` lets kolo choose. */
  readonly backend: string;
  /** What --transport said. */
  readonly transport: string;
  /** What was said about how gradients travel; absent: nothing. */
  readonly exchange?: ExchangeSettings;
  /** What --seed said; absent: nothing is seeded. */
  readonly seed?: number;
  readonly logLevel: LogLevel;
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

export type Environment = Readonly<Record<string, string | undefined>>;

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

export function writeRankEnvironment(rank: RankEnvironment): Record<string, string> {
  const variables: Record<string, string> = {
    KOLO_HOSTS: rank.hosts.join(","),
    KOLO_COORDINATOR: rank.coordinator,
    KOLO_BACKEND: rank.backend,
    KOLO_TRANSPORT: rank.transport,
    // Set in any case, so that one from outside does not count.
    KOLO_SEED: rank.seed === undefined ? "" : String(rank.seed),
    KOLO_LOG_LEVEL: rank.logLevel,
    KOLO_TIMELINE: rank.timeline ?? "",
    KOLO_TIMELINE_ZERO_US: String(rank.timelineZeroUs ?? ""),
    KOLO_TIMELINE_PARTS: rank.timelineParts ?? "",
    [controlFdVariable]: String(rank.controlFd),
    KOLO_REPORT_FD: String(rank.reportFd),
  };
  for (const [field, variable] of Object.entries(worldVariables)) {
    variables[variable] = String(rank.world[field as keyof World]);
  }
  for (const name of exchangeNumbers) {
    variables[exchangeVariables[name]] = String(rank.exchange?.[name] ?? "");
  }
  variables[autotuneVariable] = rank.exchange?.autotune === true ? "1" : "";
  return variables;
}

/**
 * What the launcher told this process, or undefined where no launcher did.
 * Throws `config_invalid` where the contract is broken.
 */
export function readRankEnvironment(environment: Environment): RankEnvironment | undefined {
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
  const seed = environment["KOLO_SEED"] ?? "";
  if (seed !== "" && !(/^\d+$/.test(seed) && isSeed(Number(seed)))) {
    throw new KoloError("config_invalid", `expected KOLO_SEED to be ${seedRange}, got "${seed}"`);
  }
  const exchange = readExchange(environment);
  const timeline = environment["KOLO_TIMELINE"] ?? "";
  const zeroUs = environment["KOLO_TIMELINE_ZERO_US"] ?? "";
  const timelineParts = environment["KOLO_TIMELINE_PARTS"] ?? "";
  const logLevel = logLevels.find((level) => level === environment["KOLO_LOG_LEVEL"]) ?? "warn";
  return {
    world,
    hosts,
    coordinator: text("KOLO_COORDINATOR"),
    controlFd: integer(controlFdVariable),
    reportFd: integer("KOLO_REPORT_FD"),
    backend: environment["KOLO_BACKEND"] ?? "auto",
    transport: environment["KOLO_TRANSPORT"] ?? "auto",
    ...(exchange !== undefined && { exchange }),
    ...(seed !== "" && { seed: Number(seed) }),
    logLevel,
    ...(timeline !== "" && { timeline }),
    ...(/^\d+$/.test(zeroUs) && { timelineZeroUs: Number(zeroUs) }),
    ...(timelineParts !== "" && { timelineParts }),
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
 * the same preload) does not take itself for the rank.
 */
export function forgetControlFd(environment: Record<string, string | undefined>): void {
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- an environment has no other way
  delete environment[controlFdVariable];
}
