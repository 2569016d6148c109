/** The command: what the user typed → what happens → an exit code. */
import { type Environment, isKoloError, readPlacement } from "@kolo/core";
import { findScript } from "./cli/find-script.js";
import { launchOptions } from "./cli/launch-options.js";
import { type GivenSettings, parseArguments } from "./cli/parse-arguments.js";
import { UsageError, usageExitCode } from "./cli/usage-error.js";
import { signalExitCode } from "./job/exit-code.js";
import { Interrupted, watchForEarlyEnd } from "./job/signals.js";
import { type OutputName, type OutputStream } from "./output/terminal.js";

export interface RunOptions {
  /** Absolute path of the module that every rank loads first. */
  readonly preload: string;
  /** Absolute path of tsrun itself, as node runs it. */
  readonly program: string;
  /** Absolute path of the script that tries a backend, for `tsrun check`. */
  readonly backendProbe: string;
  /** kolo's. */
  readonly version: string;
  /** Finds tsx' loader from kolo's own place, since the user may not have it. */
  readonly resolveTsx: () => string;
  readonly directory: string;
  readonly environment: Environment;
  readonly streams: Readonly<Record<OutputName, OutputStream>>;
}

/**
 * Runs `tsrun argv...` and resolves with its exit code; 2 for what the user got wrong, on the command
 * line, in the config file or in a variable (UsageError, `config_invalid`). What a command does not
 * need (gRPC, YAML) is loaded when one that does comes along.
 */
export async function run(argv: readonly string[], options: RunOptions): Promise<number> {
  const { stdout, stderr } = options.streams;
  try {
    const invocation = parseArguments(argv);
    switch (invocation.kind) {
      case "help":
        stdout.write(`${invocation.text.trimEnd()}\n`);
        return 0;
      case "version":
        stdout.write(`${options.version}\n`);
        return 0;
      case "check": {
        const { checkMachine } = await import("./check/check-machine.js");
        const { text, ok } = await checkMachine(options);
        stdout.write(`${text}\n`);
        return ok ? 0 : 1;
      }
      case "doctor": {
        const { configFile, flags } = invocation;
        const config = configFile === undefined ? nothingGiven : await configured(configFile);
        if (![flags, config].some((given) => given.has("hostfile") || given.has("hosts"))) {
          throw new UsageError("tsrun doctor: expected --hostfile FILE or -H LIST");
        }
        const { diagnose } = await import("./doctor/diagnose.js");
        const { text, ok } = await diagnose({
          ...options,
          ...watchForEarlyEnd(),
          options: launchOptions(flags, config),
        });
        stdout.write(`${text}\n`);
        return ok ? 0 : 1;
      }
      case "launch": {
        const { configFile, flags, scriptArguments } = invocation;
        const config = configFile === undefined ? nothingGiven : await configured(configFile);
        const placement = readPlacement(options.environment);
        const isPlaced = placement !== undefined;
        const launch = launchOptions(flags, config, { scriptArguments, isPlaced });
        const script = findScript(invocation.script, options.directory);
        if (launch.dryRun) {
          const { dryRun } = await import("./job/dry-run.js");
          const job = { ...options, ...invocation, options: launch, path: script };
          stdout.write(`${await dryRun({ ...job, ...watchForEarlyEnd() })}\n`);
          return 0;
        }
        if (placement !== undefined && launch.launcher !== "ssh") {
          const { runPlacedRank } = await import("./job/run-placed-rank.js");
          return await runPlacedRank({
            ...options,
            options: launch,
            script,
            scriptArguments,
            placement,
          });
        }
        if (launch.sharedDirectory !== undefined) {
          throw new UsageError(
            "--shared-directory: expected mpirun or srun to have started tsrun as a rank",
          );
        }
        const { runJob } = await import("./job/job.js");
        return await runJob({
          ...options,
          ...watchForEarlyEnd(),
          options: launch,
          script,
          scriptArguments,
        });
      }
    }
  } catch (error) {
    const isUsage = error instanceof UsageError;
    const isSignal = error instanceof Interrupted;
    if (!isUsage && !isSignal && !isKoloError(error)) throw error;
    stderr.write(`tsrun: ${error.message}\n`);
    if (isSignal) return signalExitCode(error.signal);
    return isUsage || error.code === "config_invalid" ? usageExitCode : 1;
  }
}

const nothingGiven: GivenSettings = new Map();

async function configured(file: string): Promise<GivenSettings> {
  const { readConfigFile } = await import("./cli/config-file.js");
  return readConfigFile(file);
}
