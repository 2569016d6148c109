/** One rank of a shared world, as a thread. */
import { planShared, SharedExecutor, sharedOperation } from "@kolo/collectives";
import { simdKernels } from "@kolo/kernels";
import {
  HostMemory,
  loadLibc,
  mapSharedFile,
  openSharedFile,
  pageBytes,
} from "@kolo/shared-memory";
import { parentPort, workerData } from "node:worker_threads";
import { type SharedRankData, type SharedRankTask } from "./shared-world.js";

const { layout, arenaBytes, place, rank } = workerData as SharedRankData;
const pages = Math.ceil(arenaBytes / pageBytes);
const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
const libc = loadLibc();
const host = new HostMemory({
  memory: memory.buffer,
  layout,
  address: mapSharedFile(libc, memory.buffer, layout, openSharedFile(place)),
  libc,
  rank,
  spins: 10,
  throwIfOver: () => undefined,
});
const executor = new SharedExecutor({
  host,
  memory: memory.buffer,
  kernels: simdKernels(memory),
  scratchByteOffset: 0,
  ranks: Array.from({ length: layout.ranks }, (_, local) => local),
  worldSize: layout.ranks,
  carry: () => undefined,
});

parentPort?.on("message", ({ operation, input: given }: SharedRankTask) => {
  const plan = planShared(operation, { rank, size: layout.ranks });
  const { elements, input, output } = plan.layout;
  // Ranks need not have their buffers at the same place.
  const byteOffset = host.partOf(rank) + 68 * rank;
  const buffer =
    plan.dtype === "int32"
      ? new Int32Array(memory.buffer, byteOffset, elements)
      : new Float32Array(memory.buffer, byteOffset, elements);
  buffer.set(given ?? [], input.offset);
  try {
    executor.run(sharedOperation(operation, plan, byteOffset));
    parentPort?.postMessage(buffer.slice(output.offset, output.offset + output.count));
  } catch (error) {
    parentPort?.postMessage(error);
  }
});
parentPort?.postMessage("ready");
