/** Into the world and out of it. */
import * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";
import { launchedBackend, startEngine } from "@kolo/engine";
import { chooseBackend } from "./backend/choose-backend.js";
import { silenceCpuBanner } from "./backend/silence-cpu-banner.js";
import { installFitHook } from "./fit/install-fit-hook.js";
import { queueOf } from "./tensors/collective-queue.js";
import { currentSession, session, sessionWorld, setSession } from "./session.js";

export interface InitOptions {
  /**
   * The tfjs backend: "auto", "wasm" or "cpu". Default: what `tsrun --backend` said, else "auto",
   * which takes wasm where `@tensorflow/tfjs-backend-wasm` is installed and cpu elsewhere.
   */
  readonly backend?: string;
  /**
   * Size of the arena, the memory in which gradients travel, in bytes; at most 4 GiB. Default 1 GiB;
   * only what is used takes memory.
   */
  readonly arenaBytes?: number;
}

let starting: Promise<void> | undefined;

/**
 * Joins the world: chooses the backend, and waits until all ranks have started. Without tsrun the
 * world has one rank, and everything else works as well. A second call does nothing.
 *
 * Throws `backend_unavailable`, `rendezvous_timeout`, `config_invalid`, `argument_invalid`.
 */
export async function init(options: InitOptions = {}): Promise<void> {
  if (currentSession() !== undefined) return;
  const known = ["backend", "arenaBytes"];
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new KoloError(
      "argument_invalid",
      `expected options of init() to be ${known.join(" or ")}, got "${unknown}"`,
    );
  }
  starting ??= start(options).finally(() => {
    starting = undefined;
  });
  await starting;
}

async function start({ backend, arenaBytes }: InitOptions): Promise<void> {
  const chosen = await chooseBackend(tf, backend ?? launchedBackend() ?? "auto");
  const engine = await startEngine({ ...(arenaBytes !== undefined && { arenaBytes }) });
  if (engine.world.rank > 0) silenceCpuBanner(tf);
  installFitHook(tf);
  setSession(engine);
  engine.logger.debug(`backend ${chosen.backend}: ${chosen.reason}`);
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
