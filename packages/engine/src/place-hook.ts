/** Where in the arena a compressed operation keeps and exchanges what it does. */
import { type Operation, type Range } from "@kolo/collectives";
import { demandOf, type Matrix, stateOf } from "@kolo/compression";
import { KoloError } from "@kolo/core";
import { type Arena } from "./arena.js";
import { type CompressedOperation, type CompressionOptions } from "./engine.js";
import { type ExchangeRegions } from "./exchange-regions.js";
import { compressionPlace, type Surroundings } from "./planning.js";
import { type HookPlacement } from "./thread-messages.js";

export interface PlacedHook extends CompressedOperation {
  readonly placement: HookPlacement;
  readonly release: () => void;
}

export interface HookRoom {
  /** Of this, what is kept. */
  readonly arena: Arena;
  /** Of these, what is exchanged. */
  readonly exchanges: ExchangeRegions;
}

/**
 * Undefined where this rank has nobody to exchange what is compressed with. Throws `arena_exhausted`,
 * and `argument_invalid` for what no hook can reduce.
 */
export function placeHook(
  operation: Operation,
  { how, matrices, unit }: CompressionOptions,
  { arena, exchanges }: HookRoom,
  surroundings: Surroundings | undefined,
  sharing: boolean,
): PlacedHook | undefined {
  checkReducible(operation);
  const place = compressionPlace(operation, surroundings, sharing);
  if (place === undefined || surroundings === undefined) return undefined;
  const { members, slice } = place;
  const bucket = {
    count: slice.count,
    matrices: matricesWithin(matrices, slice),
    rank: members.indexOf(surroundings.world.rank),
    size: members.length,
  };
  const demand = demandOf(how, bucket);
  const bytes = demand.state * 4;
  const byteOffset = arena.allocate(bytes);
  const exchange = exchanges.take(demand.exchange * 4);
  const memory = new Float32Array(arena.buffer, byteOffset, demand.state).fill(0);
  return {
    slice,
    state: stateOf(how, bucket, memory),
    placement: {
      how,
      matrices: bucket.matrices,
      state: { byteOffset, count: demand.state },
      exchange: { byteOffset: exchange.byteOffset, count: demand.exchange },
      unitByteOffset: unit?.byteOffset,
    },
    release: () => {
      arena.free(byteOffset, bytes);
      exchange.release();
    },
  };
}

function checkReducible(operation: Operation): void {
  if (operation.kind === "allReduce") {
    const { op, dtype } = operation;
    if (dtype === "float32" && (op === "sum" || op === "average")) return;
  }
  throw new KoloError(
    "argument_invalid",
    `expected compression for sums and averages of float32, got it for ${operation.kind} "${operation.name}"`,
  );
}

/** The whole rows of matrices that lie within a slice, as counted from its beginning. */
export function matricesWithin(matrices: readonly Matrix[], slice: Range): Matrix[] {
  const end = slice.offset + slice.count;
  return matrices.flatMap(({ offset, rows, columns }) => {
    const first = Math.max(0, Math.ceil((slice.offset - offset) / columns));
    const last = Math.min(rows, Math.floor((end - offset) / columns));
    if (columns === 0 || last <= first) return [];
    return [{ offset: offset + first * columns - slice.offset, rows: last - first, columns }];
  });
}
