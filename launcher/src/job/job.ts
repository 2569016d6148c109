/**
 * Runs a job: coordinator, ranks, and between them the state machine of supervise.ts, whose
 * decisions are carried out here. Resolves with tsrun's exit code when nothing of the job is left.
 */
import { hostname } from "node:os";
import { basename } from "node:path";
import {
  createLogger,
  type Environment,
  KoloError,
  type LaunchedEnvironment,
  systemClock,
  toWire,
  worldOn,
} from "@kolo/core";
import {
  type CoordinatorOptions,
  exitCodeOf,
  makeSecrets,
  startCoordinator,
} from "@kolo/rendezvous";
import { type SpawnOrder } from "../agent/messages.js";
import { type LaunchOptions } from "../cli/launch-options.js";
import { gpuEnvironment } from "../gpus/plan-gpus.js";
import { planHosts } from "../hosts/plan-hosts.js";
import { makeRankFolders } from "../output/rank-files.js";
import { type OutputName, type OutputStream, Terminal } from "../output/terminal.js";
import { openTimelines } from "../timeline/timelines.js";
import { cpuThreads } from "../ranks/cpu-threads.js";
import { rankEnvironment, userEnvironment } from "../ranks/rank-environment.js";
import { controlFd, reportFd } from "../ranks/spawn-rank.js";
import { Reporter } from "../report/reporter.js";
import {
  type JobEffect,
  type JobEvent,
  type Outcome,
  startJob,
  transition,
} from "../supervise/supervise.js";
import { HostAgents } from "./host-agents.js";
import { findHost, placeHosts, type PlacedHost } from "./place-hosts.js";
import { planNetwork } from "./plan-network.js";
import { placeRanks } from "./place-ranks.js";
import { Ranks } from "./ranks.js";
import { exitText, outcomeExitCode, signalExitCode } from "./exit-code.js";
import { silenceLimits } from "./silence-limits.js";
import { type EarlyEnd, onEndingSignals } from "./signals.js";
import { spawnFailure } from "./spawn-failure.js";

export interface Job extends EarlyEnd {
  readonly options: LaunchOptions;
  /** Absolute path. */
  readonly script: string;
  readonly scriptArguments: readonly string[];
  readonly preload: string;
  readonly resolveTsx: () => string;
  readonly version: string;
  readonly directory: string;
  readonly environment: Environment;
  readonly streams: Readonly<Record<OutputName, OutputStream>>;
}

/** A tsrun that is busy for longer than this, with nothing running any more, says with what. */
const fetchNoteMs = 3000;

/** Throws UsageError, `config_invalid`, `gpu_unavailable` or Interrupted before any rank has started. */
export async function runJob(job: Job): Promise<number> {
  const agents = new HostAgents({ ...job, clock: systemClock });
  try {
    return await runWith(agents, job);
  } finally {
    await agents.close();
  }
}

async function runWith(agents: HostAgents, job: Job): Promise<number> {
  const { options, environment, streams } = job;
  const { quiet, verbose } = options;
  const clock = systemClock;
  const host = hostname();

  const user = userEnvironment(environment, options.environment);
  const plan = await planHosts({ ...job, user, countSlots: (others) => agents.countSlots(others) });
  const hosts = placeRanks(plan, environment);
  const size = hosts.length;
  if (options.outputDir !== undefined) makeRankFolders(options.outputDir, size);
  const placed = await placeHosts({ ...job, plan, agents, user, clock });
  const hostOf = (rank: number): PlacedHost => findHost(placed, rank);

  let onBroken = (): void => undefined;
  const terminal = new Terminal(streams, (error) => {
    // A full disk behind a redirection is no reason to end a training; a reader that left is.
    if (error.code === "EPIPE" || error.code === "EIO") onBroken();
    else terminal.say(`tsrun: warning: cannot write output: ${error.message}`);
  });
  const reporter = new Reporter({
    terminal,
    stderr: streams.stderr,
    clock,
    environment,
    quiet,
    verbose,
  });
  const logLevel = verbose ? "debug" : quiet ? "warn" : "info";

  const network = await planNetwork({ ...options, placed, environment });
  // Not before: an earlier trace of that name is better than none.
  const timelines = openTimelines({ file: options.timeline, directory: job.directory, size });
  const secrets = await makeSecrets({ size, ...network });
  const listenOn = network.coordinator;
  const insecure = network.insecure === true;
  const coordinatorOptions: CoordinatorOptions = {
    size,
    ...secrets.coordinator,
    ...(listenOn && { listenOn }),
    insecure,
    koloVersion: job.version,
    clock,
    logger: createLogger(logLevel, (line) => {
      terminal.say(line);
    }),
    limits: {
      ...options,
      heartbeatTimeoutMs: silenceLimits(options.heartbeatTimeoutMs).rankMs,
    },
    listener: {
      onProgress: (_rank, progress) => {
        reporter.progress(progress);
      },
      onWarning: (text) => {
        reporter.warn(text);
      },
      onFailure: (cause) => {
        dispatch({ kind: "failed", cause });
      },
      onFarewell: (statistics) => {
        reporter.summary(statistics);
      },
    },
  };
  const coordinator = await startCoordinator(coordinatorOptions);
  if (job.signal.aborted) await coordinator.close();
  job.signal.throwIfAborted();

  let state = startJob(size);
  let cancelTimer = (): void => undefined;
  let firstToFall: string | undefined;
  let resolveOutcome: (outcome: Outcome) => void = () => undefined;
  const outcomeFound = new Promise<Outcome>((resolve) => {
    resolveOutcome = resolve;
  });

  function dispatch(event: JobEvent): void {
    const next = transition(state, event);
    state = next.state;
    for (const effect of next.effects) carryOut(effect);
    if (state.kind === "ended") {
      cancelTimer();
      resolveOutcome(state.outcome);
    }
  }

  function carryOut(effect: JobEffect): void {
    switch (effect.kind) {
      case "arm":
        cancelTimer();
        cancelTimer = clock.after(effect.delayMs, () => {
          dispatch({ kind: "timeout" });
        });
        return;
      case "signal":
        ranks.signal(effect.signal);
        return;
      case "abort":
        coordinator.abort({
          rank: undefined,
          host,
          error: toWire(new KoloError("interrupted", `tsrun was told to end by ${effect.signal}`)),
          exitCode: signalExitCode(effect.signal),
        });
        return;
    }
  }

  const interrupt = (signal: NodeJS.Signals): void => {
    dispatch({ kind: "interrupted", signal });
  };
  const stopListening = onEndingSignals(interrupt);
  job.handOver();
  const ranks = new Ranks({
    size,
    clock,
    terminal,
    streams,
    environment,
    outputDir: options.outputDir,
    prefixTimestamp: options.prefixTimestamp,
    startRank: (rank, events) => {
      const placedOn = hostOf(rank);
      const { cores, localSize, gpus, firstRank } = placedOn;
      const threads = cpuThreads(cores, localSize, placedOn.user);
      const own = gpuEnvironment(gpus, rank - firstRank, placedOn.user);
      const contract: LaunchedEnvironment = {
        world: worldOn(hosts, rank),
        hosts,
        coordinator: coordinator.address,
        controlFd,
        reportFd,
        backend: options.backend,
        transport: options.transport,
        exchange: options.exchange,
        ...(options.seed !== undefined && { seed: options.seed }),
        logLevel,
        ...(timelines.file !== undefined && { timeline: placedOn.pathThere(timelines.file) }),
        timelineZeroUs: timelines.zeroUs,
        ...(placedOn.parts !== undefined && { timelineParts: placedOn.parts.folder }),
      };
      const order: SpawnOrder = {
        nodeFlags: threads.nodeFlags,
        environment: rankEnvironment(placedOn.user, { ...threads.environment, ...own }, contract),
        launch: secrets.launchOf(rank),
      };
      return placedOn.startRank(rank, order, events);
    },
    onStart: (rank, pid) => {
      coordinator.rankStarted(rank, { pid, host: hostOf(rank).name });
    },
    onReport: (rank, failure) => {
      reporter.reported(rank, failure);
      coordinator.rankReported(rank, failure);
    },
    onTimeline: (rank, file) => {
      timelines.begun(rank, file);
    },
    onExit: (rank, exit) => {
      const exitCode = exitCodeOf(exit);
      if (exitCode !== 0)
        firstToFall ??= `rank ${rank}, which ${exitText(exit)}, on ${hostOf(rank).name}`;
      // First the coordinator, which may know at once what it means.
      coordinator.rankExited(rank, exit);
      dispatch({ kind: "exited", exitCode });
    },
    onSpawnError: (rank, error) => {
      const cause = spawnFailure(rank, hostOf(rank).name, error);
      coordinator.abort(cause);
      dispatch({ kind: "exited", exitCode: cause.exitCode });
    },
    onLost: (rank, error) => {
      coordinator.abort({ rank, host: hostOf(rank).name, error, exitCode: 1 });
      dispatch({ kind: "exited", exitCode: 1 });
    },
    onWarning: (warning) => {
      reporter.warn(warning);
    },
  });
  onBroken = () => {
    interrupt("SIGPIPE");
  };
  reporter.banner(
    `tsrun ${job.version}: ${size} ${size === 1 ? "rank" : "ranks"} of ${basename(job.script)} on ${placed.map(({ name }) => name).join(", ")}`,
  );

  if (insecure) {
    reporter.warn("--insecure: whoever is on the network can read gradients, and take part");
  }
  for (const { gpus, isLocal, name } of placed) {
    if (gpus.kind !== "leave" || gpus.warning === undefined) continue;
    reporter.warn(isLocal ? gpus.warning : `host ${name}: ${gpus.warning}`);
  }

  // The clock's timers alone would let Node end before they go off.
  const keepAlive = setInterval(() => undefined, 2 ** 30);
  const outcome = await outcomeFound;
  // From here on a signal ends tsrun as it would any program: a reader may be slow for ever.
  stopListening();
  await ranks.sweep();
  await ranks.drain();
  reporter.stopProgress();
  const cancelNote = clock.after(fetchNoteMs, () => {
    reporter.banner("tsrun: fetching what the ranks of other hosts recorded for the timeline");
  });
  for (const warning of await timelines.finish(placed)) reporter.warn(`--timeline: ${warning}`);
  cancelNote();
  if (outcome.kind === "success") reporter.summary(coordinator.statistics());
  reporter.outcome(outcome, firstToFall);
  ranks.close();
  await agents.close();
  await coordinator.close();
  clearInterval(keepAlive);
  await terminal.flushed();
  return outcomeExitCode(outcome);
}
