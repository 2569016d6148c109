/** Starts the engine of this rank: takes over the thread the preload started, or starts one. */
import { KoloError, worldOfOne } from "@kolo/core";
import { Arena } from "./arena.js";
import { createArenaMemory, defaultArenaBytes, layoutArena, rangeOf } from "./arena-layout.js";
import { threadState } from "./control-block.js";
import { type Engine } from "./engine.js";
import { koloVersion, refuseOtherVersion } from "./kolo-version.js";
import { leaveAtExit } from "./leave-at-exit.js";
import { launchedThread, setLaunchedThread } from "./launched-thread.js";
import { joinPlaced } from "./placed/join-placed.js";
import { ThreadHandle } from "./thread-handle.js";
import { ThreadedEngine } from "./threaded-engine.js";

export interface EngineOptions {
  /**
   * Room for tensors under way, at most 4 GiB, which ranks that share memory divide among them.
   * Default 1 GiB; memory is used only where it is touched.
   */
  readonly arenaBytes?: number;
}

/** Resolves when the world is known: in a launched job, when every rank has joined. */
export async function startEngine(options: EngineOptions = {}): Promise<Engine> {
  const launched = await jobThread();
  if (launched !== undefined) refuseOtherVersion(launched.koloVersion, koloVersion());
  if (launched !== undefined && launched.control.state === threadState.closed) {
    throw new KoloError(
      "not_initialized",
      "expected one init() in a launched job, got another after shutdown(): it is final, " +
        "because the other ranks have left too",
    );
  }
  const thread = launched ?? new ThreadHandle(undefined);
  const world = thread.environment?.world ?? worldOfOne;
  const layout = layoutArena(options.arenaBytes ?? defaultArenaBytes, thread.environment);
  const memory = createArenaMemory(layout.memoryBytes);
  thread.post({ type: "attach", memory, host: layout.host });
  await thread.ready();
  const sharingLocalRank = thread.control.isSharing ? world.localRank : undefined;
  thread.meeting?.onWorld();
  const arena = new Arena(memory, ...rangeOf(layout, sharingLocalRank));
  const forget = leaveAtExit(thread);
  return new ThreadedEngine(world, thread, arena, forget);
}

/**
 * What the job's ranks were told; undefined in a world of one. In a job that an engine has started without
 * tsrun it resolves when the ranks have met. Throws `config_invalid`, `rendezvous_timeout`.
 */
export async function launchedSettings(): Promise<ThreadHandle["environment"]> {
  return (await jobThread())?.environment;
}

/** Undefined where this process is no part of a job. */
async function jobThread(): Promise<ThreadHandle | undefined> {
  const launched = launchedThread();
  if (launched !== undefined) return launched;
  const placed = await joinPlaced();
  if (placed !== undefined) setLaunchedThread(placed);
  return placed;
}
