/** A rank that the agent runs: spawn-rank.ts on one side, frames on the other. */
import { type Clock, tracePartIn } from "@kolo/core";
import { type OutputName } from "../output/terminal.js";
import { spawnRank } from "../ranks/spawn-rank.js";
import { type FrameKind } from "./frame.js";
import { encodeJson, encodeStream, type SpawnOrder, type StreamName } from "./messages.js";
import { type OutputPump, pumpOutput } from "./output-pump.js";
import { sendPart } from "./send-part.js";

export interface HostedRank {
  readonly signal: (signal: NodeJS.Signals) => void;
  /** True while there is a process in its group. */
  readonly alive: () => boolean;
  /** Those there are. */
  readonly pumps: Readonly<Partial<Record<StreamName, OutputPump>>>;
  /** Sends the rank's part of this timeline, and removes it. One at a time. */
  readonly collect: (file: string) => void;
  /** Ends the control pipe. */
  readonly close: () => void;
}

export interface HostedRankOptions {
  readonly rank: number;
  readonly order: SpawnOrder;
  /** For node. */
  readonly arguments: readonly string[];
  readonly directory: string;
  readonly partsFolder: string;
  /** The agent's own, which the order adds to. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly send: (kind: FrameKind, payload?: Buffer) => void;
}

/** How often to look whether a group whose rank is gone is empty: nothing else tells. */
const goneIntervalMs = 20;

/** Undefined where there is no process; tsrun is told why. */
export function hostRank(options: HostedRankOptions): HostedRank | undefined {
  const { order, clock, send } = options;
  const tellGone = (): void => {
    if (started === undefined) return;
    if (started.group.alive) clock.after(goneIntervalMs, tellGone);
    else send("gone");
  };
  const started = spawnRank({
    program: process.execPath,
    arguments: options.arguments,
    environment: { ...options.environment, ...order.environment },
    directory: options.directory,
    launch: order.launch,
    clock,
    onReport: (failure) => {
      send("report", encodeJson({ failure }));
    },
    onTimeline: (file) => {
      send("timeline", encodeJson({ file }));
    },
    onExit: (exit) => {
      send("exit", encodeJson(exit));
      tellGone();
    },
    onSpawnError: ({ message, code }) => {
      send("unstarted", encodeJson({ message, ...(code !== undefined && { code }) }));
    },
  });
  if (started === undefined) return undefined;
  const { group } = started;
  send("started", encodeJson({ pid: group.pid }));
  const pump = (name: OutputName): OutputPump =>
    pumpOutput({
      source: started[name],
      send: (bytes) => {
        send("output", encodeStream(name, bytes));
      },
      onEnd: () => {
        send("output", encodeStream(name));
      },
    });
  const pumps: Partial<Record<StreamName, OutputPump>> = {
    stdout: pump("stdout"),
    stderr: pump("stderr"),
  };
  return {
    signal: (signal) => {
      group.signal(signal);
    },
    alive: () => group.alive,
    pumps,
    collect: (file) => {
      pumps.timeline = sendPart({
        path: tracePartIn(options.partsFolder, file, options.rank),
        send: (bytes) => {
          send("output", encodeStream("timeline", bytes));
        },
        onEnd: (failure) => {
          send("collected", encodeJson({ ...(failure !== undefined && { failure }) }));
        },
      });
    },
    close: started.close,
  };
}
