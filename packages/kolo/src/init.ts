/** Into the world and out of it. */
import * as tf from "@tensorflow/tfjs";
import { launchedSettings, startEngine } from "@kolo/engine";
import { chooseBackend } from "./backend/choose-backend.js";
import { loadedModules } from "./backend/program-packages.js";
import { silenceCpuBanner } from "./backend/silence-cpu-banner.js";
import { silenceProgressBar } from "./backend/silence-progress-bar.js";
import { installFitHook } from "./fit/install-fit-hook.js";
import { checkInitOptions, type InitOptions } from "./init-options.js";
import { seedMathRandom } from "./random/seed-math-random.js";
import { queueOf } from "./tensors/collective-queue.js";
import { currentSession, session, sessionWorld, setSession } from "./session.js";

let starting: Promise<void> | undefined;
let restoreRandom = (): void => undefined;

/**
 * Joins the world: chooses the backend, and waits until all ranks have started. Without tsrun the
 * world has one rank, and everything else works as well. A second call does nothing.
 *
 * Throws `backend_unavailable`, `rendezvous_timeout`, `config_invalid`, `argument_invalid`.
 */
export async function init(options: InitOptions = {}): Promise<void> {
  if (currentSession() !== undefined) return;
  checkInitOptions(options);
  starting ??= start(options).finally(() => {
    starting = undefined;
  });
  await starting;
}

async function start(options: InitOptions): Promise<void> {
  const launched = await launchedSettings();
  const { backend = launched?.backend ?? "auto", seed = launched?.seed, arenaBytes } = options;
  const chosen = await chooseBackend(tf, backend);
  const engine = await startEngine({ ...(arenaBytes !== undefined && { arenaBytes }) });
  const { rank } = engine.world;
  if (rank > 0) silenceCpuBanner(tf);
  // On rank 0 a program that has imported tfjs-node itself keeps what that prints.
  if (launched !== undefined && (rank > 0 || chosen.by !== "program")) {
    silenceProgressBar(loadedModules());
  }
  installFitHook(tf);
  setSession(engine, seed);
  if (seed !== undefined) restoreRandom = seedMathRandom(seed, rank);
  engine.logger[rank === 0 && chosen.by !== "name" ? "info" : "debug"](chosen.line);
  if (rank === 0 && launched !== undefined) {
    for (const line of overruled(options, launched)) engine.logger.info(line);
  }
}

/** What tsrun was told and the program says otherwise: worth a line, or somebody wonders for long. */
function overruled(
  { backend, seed }: InitOptions,
  launched: { readonly backend: string; readonly seed?: number },
): string[] {
  const lines: string[] = [];
  if (backend !== undefined && launched.backend !== "auto" && backend !== launched.backend)
    lines.push(`init({ backend: "${backend}" }) counts, not --backend ${launched.backend}`);
  if (seed !== undefined && launched.seed !== undefined && seed !== launched.seed)
    lines.push(`init({ seed: ${seed} }) counts, not --seed ${launched.seed}`);
  return lines;
}

/**
 * Leaves the world, when the collectives called before are done. Resolves when every rank has called it, so that nobody leaves while others
 * still need it. Final in a job that tsrun started.
 */
export async function shutdown(): Promise<void> {
  const engine = session();
  queueOf(engine).drainSync();
  await engine.shutdown();
  setSession(undefined);
  restoreRandom();
}

/** True between `init()` and `shutdown()`. */
export function isInitialized(): boolean {
  return currentSession() !== undefined;
}

/** 0 … size() - 1, over all hosts. */
export function rank(): number {
  return sessionWorld().rank;
}

/** How many ranks there are. */
export function size(): number {
  return sessionWorld().size;
}

/** 0 … localSize() - 1, among the ranks of this host. */
export function localRank(): number {
  return sessionWorld().localRank;
}

/** How many ranks this host runs. */
export function localSize(): number {
  return sessionWorld().localSize;
}

/** Index of this host. */
export function crossRank(): number {
  return sessionWorld().crossRank;
}

/** How many hosts there are. */
export function crossSize(): number {
  return sessionWorld().crossSize;
}
