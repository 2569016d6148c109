/**
 * Starts one rank: node in a process group and session of its own, so that Ctrl-C on the terminal
 * reaches tsrun alone and a signal to the group reaches all that the rank started.
 *
 *   fd 0     nothing
 *   fd 1, 2  pipes to tsrun
 *   fd 3     the control pipe: the rank's secrets go down in one line, and its end tells the rank that
 *            tsrun is gone
 *   fd 4     the report pipe: why the rank is about to end comes up, and which timelines it began
 *            (core/control-pipe.ts)
 */
import { type ChildProcess, spawn } from "node:child_process";
import { type Duplex, type Readable } from "node:stream";
import {
  type Clock,
  decodeFailureMessage,
  decodeTimelineMessage,
  encodeControlLine,
  type ErrorWire,
  type LaunchMessage,
} from "@kolo/core";
import { LineSplitter } from "../output/line-splitter.js";
import { ProcessGroup } from "./process-group.js";

export const controlFd = 3;
export const reportFd = 4;

export interface RankExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RankSpawn {
  /** The program and its arguments. */
  readonly program: string;
  readonly arguments: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  /** The rank's secrets, and where it listens; goes over the control pipe. */
  readonly launch: LaunchMessage;
  readonly clock: Clock;
  /** The rank says why it is about to end. */
  readonly onReport: (failure: ErrorWire) => void;
  /** The rank has begun its part of a timeline. */
  readonly onTimeline: (file: string) => void;
  /** The rank's process is gone, and all it reported has been handed on. Called once. */
  readonly onExit: (exit: RankExit) => void;
  /** There is no process: spawning failed. Called once, and then nothing else is. */
  readonly onSpawnError: (error: NodeJS.ErrnoException) => void;
}

/** A rank and everything it started, here or on another host. */
export interface RankGroup {
  /** True while there is a process in it, as far as is known. */
  readonly alive: boolean;
  signal(signal: NodeJS.Signals): void;
}

export interface RankProcess {
  readonly group: RankGroup;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /**
   * Reads no more of what something outside the group holds open. It may have to be asked again,
   * where output is still on its way.
   */
  readonly abandon: (name: "stdout" | "stderr") => void;
  /** Ends tsrun's side of the control pipe. */
  readonly close: () => void;
}

/** One of this machine. */
export interface LocalRank extends RankProcess {
  readonly group: ProcessGroup;
}

/** A report is one line; a stack and its causes fit well. */
const maxReportBytes = 1 << 20;
/** After the exit: how long to wait for the end of the report pipe, which a descendant may hold. */
const reportGraceMs = 200;

/** Undefined where there is no process; onSpawnError then says why, later. */
export function spawnRank(rank: RankSpawn): LocalRank | undefined {
  const child = startProcess(rank);
  if (child === undefined) return undefined;
  const control = child.stdio[controlFd] as Duplex;
  const report = child.stdio[reportFd] as Readable;
  const reports = new LineSplitter(maxReportBytes);
  const reportAll = (lines: readonly Buffer[]): void => {
    for (const line of lines) {
      const text = line.toString("utf8");
      const message = decodeFailureMessage(text);
      if (message !== undefined) rank.onReport(message.failure);
      const begun = decodeTimelineMessage(text);
      if (begun !== undefined) rank.onTimeline(begun.timeline);
    }
  };
  report.on("data", (chunk: Buffer) => {
    reportAll(reports.push(chunk));
  });
  // A rank that dies breaks the pipe; its exit tells all there is to tell.
  for (const pipe of [control, report]) pipe.on("error", () => undefined);
  control.resume();
  control.write(encodeControlLine(rank.launch));

  const group = new ProcessGroup(child.pid);
  child.on("exit", (exitCode, signal) => {
    // What it started should end with it, and a group seen empty now is never signalled again.
    group.signal("SIGTERM");
    let told = false;
    const tell = (): void => {
      if (told) return;
      told = true;
      cancel();
      reportAll(reports.end());
      rank.onExit({ exitCode, signal });
    };
    const cancel = rank.clock.after(reportGraceMs, tell);
    if (report.readableEnded || report.destroyed) tell();
    else report.once("end", tell).once("close", tell);
  });

  return {
    group,
    stdout: child.stdout,
    stderr: child.stderr,
    abandon: (name) => {
      child[name].destroy();
    },
    close: () => {
      control.destroy();
      report.destroy();
    },
  };
}

type StartedProcess = ChildProcess & {
  readonly pid: number;
  readonly stdout: Readable;
  readonly stderr: Readable;
};

/** Node throws for some reasons not to start a process and emits an event for others. */
function startProcess(rank: RankSpawn): StartedProcess | undefined {
  try {
    const child = spawn(rank.program, rank.arguments, {
      cwd: rank.directory,
      env: rank.environment,
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe"],
    });
    const started = child.pid !== undefined;
    child.on("error", (error) => {
      if (!started) rank.onSpawnError(error);
    });
    return started ? (child as unknown as StartedProcess) : undefined;
  } catch (error) {
    queueMicrotask(() => {
      rank.onSpawnError(error instanceof Error ? error : new Error(String(error)));
    });
    return undefined;
  }
}
