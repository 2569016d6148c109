/** One rank of a shared world, as a thread. */
import { planOnHosts, SharedExecutor, sharedOperation } from "@kolo/collectives";
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
const executor = new SharedExecutor({
  host,
  memory: memory.buffer,
  kernels: simdKernels(memory),
  scratchByteOffset: 0,
  ranks,
  worldSize: hosts.length,
  carry: ({ operation, byteOffset }, sequence) => {
    const seen = Atomics.load(carried, 0);
    tell({ carry: operation, sequence, byteOffset });
    Atomics.wait(carried, 0, seen);
  },
});

function tell(message: SharedRankMessage): void {
  parentPort?.postMessage(message);
}

parentPort?.on("message", ({ operation, input: given }: SharedRankTask) => {
  const plan = planOnHosts(operation, { rank, hosts }, linksPlanner(segmentBytes));
  const { elements, input, output } = plan.layout;
  // Ranks need not have their buffers at the same place.
  const byteOffset = host.partOf(localRank) + 68 * localRank;
  const buffer =
    plan.dtype === "int32"
      ? new Int32Array(memory.buffer, byteOffset, elements)
      : new Float32Array(memory.buffer, byteOffset, elements);
  buffer.set(given ?? [], input.offset);
  try {
    executor.run(sharedOperation(operation, plan, byteOffset));
    tell({ result: buffer.slice(output.offset, output.offset + output.count) });
  } catch (error) {
    tell({ result: error instanceof Error ? error : new Error(String(error)) });
  }
});
tell({ ready: true });
