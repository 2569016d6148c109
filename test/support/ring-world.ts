/** A whole world in one process: n ranks with executors over real transports and separate memories. */
import { algorithmFor, Executor, type Operation, planOperation } from "@kolo/collectives";
import { plainKernels } from "@kolo/kernels";
import {
  createGrpcTransport,
  createMemoryNetwork,
  createTcpTransport,
  type Transport,
} from "@kolo/transport";

export type Elements = Float32Array | Int32Array;

export interface World {
  /**
   * Runs one operation on all ranks; `inputs[rank]` goes in, what each rank ends with comes out. A rank
   * calls `arrive` before it takes part, and `leave` when the operation is done for it.
   */
  run(operation: Operation, inputs: readonly Elements[], watch?: Watch): Promise<Elements[]>;
  close(): Promise<void>;
}

export interface Watch {
  arrive(rank: number): Promise<void>;
  leave(rank: number): void;
}

const memoryBytes = 1024 * 1024;
const generation = 1;

export type LinkKind = "memory" | "grpc" | "tcp";

/** Of all ranks; each knows where the others listen. */
export async function createTransports(
  kind: LinkKind,
  size: number,
  segmentBytes: number,
  channels = 1,
): Promise<Transport[]> {
  const createTransport = kind === "tcp" ? createTcpTransport : createGrpcTransport;
  const transports: Transport[] =
    kind === "memory"
      ? createMemoryNetwork(size)
      : Array.from({ length: size }, (_, rank) =>
          createTransport({
            ...{ rank, size, generation, segmentBytes, channels },
            token: "a token for tests",
          }),
        );
  const addresses = await Promise.all(transports.map((transport) => transport.listen()));
  for (const transport of transports) transport.setPeers(addresses);
  return transports;
}

export async function createRingWorld(
  kind: LinkKind,
  size: number,
  segmentBytes: number,
  channels = 1,
): Promise<World> {
  const transports = await createTransports(kind, size, segmentBytes, channels);
  const ranks = transports.map((transport, rank) => {
    const memory = new SharedArrayBuffer(memoryBytes);
    const executor = new Executor({
      world: { rank, size },
      generation,
      transport,
      memory,
      kernels: plainKernels(memory),
      scratchByteOffset: 0,
      scratchBytes: segmentBytes,
      onFailure: () => undefined,
    });
    executor.connect();
    return { rank, memory, executor };
  });
  let sequence = 0;
  return {
    run: async (operation, inputs, watch) => {
      const own = sequence++;
      const integers = "dtype" in operation && operation.dtype === "int32";
      return Promise.all(
        ranks.map(async ({ rank, memory, executor }) => {
          const plan = planOperation(
            operation,
            { rank, size },
            { segmentElements: segmentBytes / 4, algorithm: algorithmFor(operation, size) },
          );
          const { elements, input, output } = plan.layout;
          const byteOffset = segmentBytes;
          const buffer = integers
            ? new Int32Array(memory, byteOffset, elements)
            : new Float32Array(memory, byteOffset, elements);
          buffer.set(inputs[rank] ?? [], input.offset);
          await watch?.arrive(rank);
          await executor.run(own, operation, plan, byteOffset);
          watch?.leave(rank);
          return buffer.slice(output.offset, output.offset + output.count);
        }),
      );
    },
    close: async () => {
      await Promise.all(transports.map((transport) => transport.close()));
    },
  };
}
