/**
 * A world whose ranks are threads of this process that share memory as processes do: each maps the
 * same file over an arena of its own, and blocks in the same barrier. There may be several hosts, each
 * with a file of its own and links between all ranks, which this thread carries, as a rank's
 * communication thread does.
 */
import {
  algorithmFor,
  Executor,
  type Operation,
  planOnHosts,
  planOperation,
  railOf,
} from "@kolo/collectives";
import { ranksByHost } from "@kolo/core";
import { simdKernels } from "@kolo/kernels";
import {
  arenaBytes,
  createSharedFile,
  type FilePlace,
  type HostLayout,
  layoutHost,
  loadLibc,
  pageBytes,
} from "@kolo/shared-memory";
import { type Transport } from "@kolo/transport";
import { once } from "node:events";
import { closeSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { createTransports, type Elements, type LinkKind, type World } from "./ring-world.js";

/** What a rank is started with. */
export interface SharedRankData {
  readonly layout: HostLayout;
  readonly memory: WebAssembly.Memory;
  readonly place: FilePlace;
  readonly rank: number;
  /** Of each rank. */
  readonly hosts: readonly number[];
  readonly segmentBytes: number;
  /** Counts what was carried. */
  readonly carried: Int32Array;
}

export interface SharedRankTask {
  readonly operation: Operation;
  readonly input: Elements | undefined;
}

/** To be carried over links, and then counted. */
export interface CarryRequest {
  readonly carry: Operation;
  readonly sequence: number;
  readonly byteOffset: number;
}

/** First that it is ready. */
export type SharedRankMessage =
  { readonly ready: true } | CarryRequest | { readonly result: Elements | Error };

export interface SharedWorldOptions {
  /** Ranks of each host. */
  readonly counts: readonly number[];
  /** Between hosts. */
  readonly links: LinkKind;
  readonly segmentBytes: number;
}

/** The private part of an arena: blocks of shared operations, then received segments. */
const segmentAt = 32 * 1024;
const privateBytes = 64 * 1024;
const partBytes = 2 * 1024 * 1024;

export async function createSharedWorld(options: SharedWorldOptions): Promise<World> {
  const { counts, links, segmentBytes } = options;
  const hosts = counts.flatMap((count, host) => Array<number>(count).fill(host));
  const libc = loadLibc();
  const files = ranksByHost(hosts).map(({ length }) => {
    const layout = layoutHost(length, privateBytes, partBytes);
    return { layout, place: createSharedFile(libc, layout) };
  });
  const transports =
    counts.length > 1 ? await createTransports(links, hosts.length, segmentBytes) : [];
  const ranks = hosts.map((host, rank) => {
    const file = files[host];
    if (file === undefined) throw new Error("expected a file for each host");
    const pages = Math.ceil(arenaBytes(file.layout) / pageBytes);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const carried = new Int32Array(new SharedArrayBuffer(4));
    return startRank({ ...file, memory, rank, hosts, segmentBytes, carried }, transports[rank]);
  });
  // Every rank has mapped the file.
  await Promise.all(ranks.map(({ worker }) => once(worker, "message")));
  for (const { place } of files) closeSync(place.fd);
  return {
    run: (operation, inputs, watch) =>
      Promise.all(
        ranks.map(async ({ run }, rank) => {
          await watch?.arrive(rank);
          const result = await run({ operation, input: inputs[rank] });
          watch?.leave(rank);
          return result;
        }),
      ),
    close: async () => {
      await Promise.all(ranks.map(({ worker }) => worker.terminate()));
      await Promise.all(transports.map((transport) => transport.close()));
    },
  };
}

function startRank(data: SharedRankData, transport: Transport | undefined) {
  const { memory, rank, hosts, segmentBytes, carried } = data;
  const worker = new Worker(join(__dirname, "shared-world-rank.js"), { workerData: data });
  const executor =
    transport &&
    new Executor({
      ...{ world: { rank, size: hosts.length }, generation: 1, transport, memory: memory.buffer },
      ...{ scratchByteOffset: segmentAt, scratchBytes: segmentBytes },
      kernels: simdKernels(memory),
      onFailure: () => undefined,
    });
  executor?.connect();
  executor?.connect(railOf({ rank, hosts }));
  const carry = async ({ carry: operation, sequence, byteOffset }: CarryRequest): Promise<void> => {
    const plan = planOnHosts(operation, { rank, hosts }, linksPlanner(segmentBytes)).across?.plan;
    if (plan === undefined) throw new Error("expected something to carry");
    await executor?.run(sequence, operation, plan, byteOffset);
    Atomics.add(carried, 0, 1);
    Atomics.notify(carried, 0);
  };
  let carrying = Promise.resolve();
  const waiting: ((result: Elements | Error) => void)[] = [];
  worker.on("message", (message: SharedRankMessage) => {
    if ("carry" in message) carrying = carrying.then(() => carry(message));
    if ("result" in message) waiting.shift()?.(message.result);
  });
  const run = async (task: SharedRankTask): Promise<Elements> => {
    const done = new Promise<Elements | Error>((resolve) => waiting.push(resolve));
    worker.postMessage(task);
    const result = await done;
    if (result instanceof Error) throw result;
    return result;
  };
  return { worker, run };
}

/** How ranks plan what goes over links. */
export function linksPlanner(segmentBytes: number): Parameters<typeof planOnHosts>[2] {
  return (operation, place) =>
    planOperation(operation, place, {
      segmentElements: segmentBytes / 4,
      algorithm: algorithmFor(operation, place.size),
    });
}
