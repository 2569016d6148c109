/**
 * A tsrun that mpirun or srun has started as one of several: it runs the one rank that it is to be, in its
 * place, and the ranks find each other (engine/placed). Output, and the end of the job when a rank fails,
 * are the engine's business; this tsrun hands on signals and the exit code.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { resolve } from "node:path";
import {
  type EnginePlacement,
  type Environment,
  writeMeetingSettings,
  writeRankSettings,
} from "@kolo/core";
import { type LaunchOptions } from "../cli/launch-options.js";
import { UsageError } from "../cli/usage-error.js";
import { cpuThreads } from "../ranks/cpu-threads.js";
import { rankArguments } from "../ranks/rank-command.js";
import { userEnvironment } from "../ranks/rank-environment.js";
import { signalExitCode } from "./exit-code.js";
import { onEndingSignals } from "./signals.js";

export interface PlacedRank {
  readonly options: LaunchOptions;
  /** Absolute path. */
  readonly script: string;
  readonly scriptArguments: readonly string[];
  readonly placement: EnginePlacement;
  readonly resolveTsx: () => string;
  readonly directory: string;
  readonly environment: Environment;
}

const parentIntervalMs = 1000;

/** Resolves with the rank's exit code. Throws UsageError for options that are the engine's to say. */
export async function runPlacedRank(job: PlacedRank): Promise<number> {
  const { options, placement, directory } = job;
  expectEngines(options, placement);
  const { sharedDirectory, networkInterfaces, insecure, quiet, verbose } = options;
  const user = userEnvironment(job.environment, options.environment);
  const threads = cpuThreads(availableParallelism(), placement.localSize, user);
  const child = spawn(
    process.execPath,
    rankArguments({ ...job, preload: undefined, nodeFlags: threads.nodeFlags }),
    {
      cwd: directory,
      stdio: "inherit",
      env: {
        ...user,
        ...threads.environment,
        ...writeRankSettings({
          backend: options.backend,
          transport: options.transport,
          exchange: options.exchange,
          ...(options.seed !== undefined && { seed: options.seed }),
          logLevel: verbose ? "debug" : quiet ? "warn" : "info",
        }),
        ...writeMeetingSettings({
          ...(sharedDirectory !== undefined && {
            sharedDirectory: resolve(directory, sharedDirectory),
          }),
          networkInterfaces,
          insecure,
          limits: options,
        }),
      },
    },
  );
  const stopListening = onEndingSignals((signal) => child.kill(signal));
  // An engine that is killed takes nobody with it.
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) child.kill("SIGKILL");
  }, parentIntervalMs);
  return new Promise((done, reject) => {
    child.once("error", reject);
    child.once("exit", (exitCode, signal) => {
      clearInterval(watch);
      stopListening();
      done(signal === null ? (exitCode ?? 1) : signalExitCode(signal));
    });
  });
}

/** Throws UsageError. */
function expectEngines(options: LaunchOptions, { engine, rank, size }: EnginePlacement): void {
  const program = engine === "slurm" ? "srun" : "mpirun";
  if (options.numProc !== undefined && options.numProc !== size) {
    throw new UsageError(
      `-np ${options.numProc}: expected -np ${size}, or none: ${program} has started ${size} ranks, of ` +
        `which this is ${rank}; --launcher ssh looks away from that`,
    );
  }
  const foreign = [
    ["--hostfile or --hosts", options.hosts !== undefined],
    ["--nodes", options.slurm.nodes !== undefined],
    ["--slurm-args", options.slurm.isTyped],
    ["--oversubscribe", options.oversubscribe],
    ["--wdir", options.wdir !== undefined],
    ["--node-path", options.nodePath !== undefined],
    ["--gpus", options.gpus !== "auto"],
    ["--output-dir", options.outputDir !== undefined],
    ["--timeline", options.timeline !== undefined],
    ["--prefix-timestamp", options.prefixTimestamp],
  ] as const;
  const [name] = foreign.find(([, isGiven]) => isGiven) ?? [];
  if (name === undefined) return;
  throw new UsageError(
    `expected no ${name} where ${program} has started every rank: that is ${program}'s to say; or start ` +
      "tsrun once, without it, with --launcher",
  );
}
