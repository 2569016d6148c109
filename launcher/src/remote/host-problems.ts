/** What went wrong with a host, in words with what to do. Pure. */
import { type ChannelEnd } from "../agent/frame-channel.js";
import { type Hello, type Prepare } from "../agent/messages.js";
import { shellCommand } from "../cli/shell-quote.js";
import { type MissingPart, missingParts } from "../ssh/remote-shell-line.js";
import { type AgentProcessEnd } from "./agent-process.js";
import { type HostProblem } from "./host-error.js";

export interface Versions {
  readonly koloVersion: string;
  readonly nodeVersion: string;
}

/** Undefined where they may work together. */
export function mismatch(host: string, there: Hello, here: Versions): HostProblem | undefined {
  const refuse = (
    differs: "kolo" | "Node",
    got: string,
    expected: string,
    remedy: string,
  ): HostProblem => ({
    host,
    code: "host_mismatch",
    summary: `expected ${differs} ${expected} as here, got ${got}; ${remedy}`,
    details: [],
    differs,
  });
  if (there.koloVersion !== here.koloVersion) {
    const remedy = "install the same version on both, or name the right folder with --wdir";
    return refuse("kolo", there.koloVersion, here.koloVersion, remedy);
  }
  if (major(there.nodeVersion) !== major(here.nodeVersion)) {
    const remedy = `name one of version ${major(here.nodeVersion)} there with --node-path`;
    return refuse("Node", there.nodeVersion, here.nodeVersion, remedy);
  }
  return undefined;
}

function major(version: string): string {
  return /^v?(\d+)/.exec(version)?.[1] ?? version;
}

export function incompleteProblem(host: string, missing: readonly string[]): HostProblem {
  const [summary = "", ...details] = missing;
  return { host, code: "host_incomplete", summary, details };
}

export interface BrokenLink {
  readonly host: string;
  /** How far it had come. */
  readonly phase: "greeting" | "preparing" | "ready";
  readonly end: ChannelEnd;
  readonly process: AgentProcessEnd;
  readonly command: readonly string[];
  readonly prepare: Pick<Prepare, "directory">;
  /** On standard error. */
  readonly words: readonly string[];
  /** On standard output, before the agent's greeting. */
  readonly noise: string;
  /** Whether any other host was heard of lately; undefined where there is none. */
  readonly othersHeard: boolean | undefined;
}

export function startProblem(link: BrokenLink): HostProblem {
  const { host, phase, end, process, words, noise } = link;
  if (phase === "ready") {
    return { host, code: "host_lost", summary: lostText(link), details: words };
  }
  const missing = missingPart(link);
  if (missing !== undefined) return missing;
  // What it said last is mostly why, and of mpirun what came first; all of it where there is more.
  const said = [...(phase === "greeting" && noise !== "" ? noise.split("\n") : []), ...words];
  const why = link.command[0] === "mpirun" ? said[0] : said.at(-1);
  const how = end.kind === "ended" ? process.text : endText(end);
  return {
    host,
    code: "host_unreachable",
    summary: `no agent there: ${how}${why === undefined ? "" : `: ${why}`}`,
    details: [
      ...(said.length > 1 ? said.map((line) => `it said: ${line}`) : []),
      `command: ${shellCommand(link.command)}`,
    ],
  };
}

function lostText({ end, process, othersHeard }: BrokenLink): string {
  if (end.kind === "ended") return `the connection to its agent ended: ${process.text}`;
  const lost = `the connection to its agent is lost: ${endText(end)}`;
  if (end.kind === "invalid" || othersHeard === true) return lost;
  return othersHeard === undefined
    ? `${lost}, unless it is this host that is cut off`
    : `${lost}; no other host is heard of either, so it may be this host that is cut off`;
}

function endText(end: Exclude<ChannelEnd, { kind: "ended" }>): string {
  if (end.kind === "invalid") return end.reason;
  return `silent for ${end.silenceMs / 1000} s, as a host that is frozen or cut off from the network`;
}

/** What the shell line found missing (ssh/remote-shell-line.ts). */
function missingPart({ host, process, words, prepare }: BrokenLink): HostProblem | undefined {
  const parts = Object.entries(missingParts) as [MissingPart, (typeof missingParts)[MissingPart]][];
  for (const [part, { exitCode, words: marker }] of parts) {
    const line = words.find((one) => one.startsWith(marker));
    if (process.exitCode !== exitCode || line === undefined) continue;
    const found = line.slice(marker.length).replace(/^: /, "");
    const summary = {
      directory: `no such directory there: ${prepare.directory}; copy the project to the same path, or say where it is with --wdir`,
      node: `no node there, in PATH (${found}); say where it is with --node-path`,
      agent: `kolo is not installed there: no such file: ${found}; install it at the same path, or say where the project is with --wdir`,
    }[part];
    return { host, code: "host_incomplete", summary, details: [] };
  }
  return undefined;
}
