/** Flags over config file over defaults, checked: everything a launch needs to know. */
import { defaultLimits, type ExchangeSettings, type JobLimits } from "@kolo/core";
import { type GpuChoice } from "../gpus/gpu-choice.js";
import { type EnvironmentEntry } from "./environment-entries.js";
import { type GivenSettings } from "./parse-arguments.js";
import { type HostContext, hostOptions, type HostOptions } from "./host-options.js";
import { settingReader } from "./setting-reader.js";
import { type backends, settings, type transports } from "./settings.js";
import { UsageError } from "./usage-error.js";

export interface LaunchOptions extends HostOptions, JobLimits {
  readonly backend: (typeof backends)[number];
  readonly gpus: GpuChoice;
  readonly gpusShare: boolean;
  readonly seed: number | undefined;
  readonly transport: (typeof transports)[number];
  /** Only what was said. */
  readonly exchange: ExchangeSettings;
  readonly environment: readonly EnvironmentEntry[];
  readonly outputDir: string | undefined;
  readonly timeline: string | undefined;
  readonly prefixTimestamp: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** Throws UsageError. */
export function launchOptions(
  flags: GivenSettings,
  config: GivenSettings,
  context: HostContext = {},
): LaunchOptions {
  const reader = settingReader(flags, config);
  const { value } = reader;
  const hosts = hostOptions(reader, context);
  const bucketBytes = value(settings.bucketBytes);
  const segmentBytes = value(settings.segmentBytes);
  const channels = value(settings.channels);
  const quiet = value(settings.quiet) ?? false;
  const verbose = value(settings.verbose) ?? false;
  if (quiet && verbose) throw new UsageError("expected --quiet or --verbose, got both");
  return {
    ...hosts,
    backend: value(settings.backend) ?? "auto",
    gpus: value(settings.gpus) ?? "auto",
    gpusShare: value(settings.gpusShare) ?? false,
    seed: value(settings.seed),
    transport: value(settings.transport) ?? "auto",
    exchange: {
      ...(bucketBytes !== undefined && { bucketBytes }),
      ...(segmentBytes !== undefined && { segmentBytes }),
      ...(channels !== undefined && { channels }),
      ...(value(settings.autotune) === true && { autotune: true }),
    },
    // Both count; where both set one variable, the flag comes last and wins.
    environment: [
      ...(reader.fromConfig(settings.env) ?? []),
      ...(reader.fromFlags(settings.env) ?? []),
    ],
    outputDir: value(settings.outputDir),
    timeline: value(settings.timeline),
    prefixTimestamp: value(settings.prefixTimestamp) ?? false,
    quiet,
    verbose,
    startTimeoutMs: value(settings.startTimeoutMs) ?? defaultLimits.startTimeoutMs,
    stallWarningMs: value(settings.stallWarningMs) ?? defaultLimits.stallWarningMs,
    stallTimeoutMs: value(settings.stallTimeoutMs) ?? defaultLimits.stallTimeoutMs,
    heartbeatTimeoutMs: value(settings.heartbeatTimeoutMs) ?? 10_000,
  };
}
