/** One rank of a shared world, as a thread. */
import {
  planOnHosts,
  SharedExecutor,
  sharedOperation,
  type SharedOperation,
} from "@kolo/collectives";
import { ranksByHost } from "@kolo/core";
import { simdKernels } from "@kolo/kernels";
import { HostMemory, loadLibc, mapSharedFile, openSharedFile } from "@kolo/shared-memory";
import { parentPort, workerData } from "node:worker_threads";
import {
  linksPlanner,
  type SharedRankData,
  type SharedRankMessage,
  type SharedRankTask,
} from "./shared-world.js";

const { layout, memory, place, rank, hosts, segmentBytes, carried } = workerData as SharedRankData;
const ranks = ranksByHost(hosts)[hosts[rank] ?? 0] ?? [];
const localRank = ranks.indexOf(rank);
const libc = loadLibc();
const host = new HostMemory({
  memory: memory.buffer,
  layout,
  address: mapSharedFile(libc, memory.buffer, layout, openSharedFile(place)),
  libc,
  rank: localRank,
  spins: 10,
  throwIfOver: () => undefined,
});

/** An operation in its buffer, and where the result will be in that. */
interface Task extends SharedOperation {
  readonly buffer: Float32Array | Int32Array;
}

const executor = new SharedExecutor<Task>({
  host,
  memory: memory.buffer,
  kernels: simdKernels(memory),
  scratchByteOffset: 0,
  ranks,
  worldSize: hosts.length,
  carry: ({ operation, byteOffset }, sequence) => {
    tell({ carry: operation, sequence, byteOffset });
  },
  awaitCarried: (count) => {
    for (let seen = 0; seen < count; seen = Atomics.load(carried, 0))
      Atomics.wait(carried, 0, seen);
  },
  done: ({ plan: { layout }, buffer }) => {
    const { offset, count } = layout.output;
    tell({ result: buffer.slice(offset, offset + count) });
  },
});

function tell(message: SharedRankMessage): void {
  parentPort?.postMessage(message);
}

let tasks = 0;
parentPort?.on("message", ({ operation, input: given }: SharedRankTask) => {
  const plan = planOnHosts(operation, { rank, hosts }, linksPlanner(segmentBytes));
  const { elements, input } = plan.layout;
  // Ranks need not have their buffers at the same place, nor do two operations that are under way.
  const byteOffset =
    host.partOf(localRank) + 68 * localRank + (tasks++ % 2) * (layout.partBytes / 2);
  const buffer =
    plan.dtype === "int32"
      ? new Int32Array(memory.buffer, byteOffset, elements)
      : new Float32Array(memory.buffer, byteOffset, elements);
  buffer.set(given ?? [], input.offset);
  try {
    executor.run({ ...sharedOperation(operation, plan, byteOffset), buffer });
  } catch (error) {
    tell({ result: error instanceof Error ? error : new Error(String(error)) });
  }
});
tell({ ready: true });
