/**
 * A world whose ranks are threads of this process that share memory as processes do: each maps the
 * same file over an arena of its own, and blocks in the same barrier.
 */
import { type Operation } from "@kolo/collectives";
import {
  arenaBytes,
  createSharedFile,
  type FilePlace,
  type HostLayout,
  layoutHost,
  loadLibc,
} from "@kolo/shared-memory";
import { once } from "node:events";
import { closeSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { type Elements, type World } from "./ring-world.js";

/** What a rank is started with. */
export interface SharedRankData {
  readonly layout: HostLayout;
  readonly arenaBytes: number;
  readonly place: FilePlace;
  readonly rank: number;
}

export interface SharedRankTask {
  readonly operation: Operation;
  readonly input: Elements | undefined;
}

const privateBytes = 64 * 1024;
const partBytes = 1024 * 1024;

export async function createSharedWorld(size: number): Promise<World> {
  const layout = layoutHost(size, privateBytes, partBytes);
  const place = createSharedFile(loadLibc(), layout);
  const workers = Array.from({ length: size }, (_, rank) => {
    const data: SharedRankData = { layout, arenaBytes: arenaBytes(layout), place, rank };
    return new Worker(join(__dirname, "shared-world-rank.js"), { workerData: data });
  });
  // Every rank has mapped the file.
  await Promise.all(workers.map((worker) => once(worker, "message")));
  closeSync(place.fd);
  return {
    run: (operation, inputs, watch) =>
      Promise.all(
        workers.map(async (worker, rank) => {
          const task: SharedRankTask = { operation, input: inputs[rank] };
          await watch?.arrive(rank);
          worker.postMessage(task);
          const [result] = (await once(worker, "message")) as [Elements | Error];
          if (result instanceof Error) throw result;
          watch?.leave(rank);
          return result;
        }),
      ),
    close: async () => {
      await Promise.all(workers.map((worker) => worker.terminate()));
    },
  };
}
