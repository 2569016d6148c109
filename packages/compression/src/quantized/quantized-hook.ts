/**
 * Sums narrower numbers in float32, with two roundings and the bytes of a ring.
 *
 *   1  the bucket is cut into a chunk for each member; every member encodes its chunks  (first rounding)
 *   2  all-to-all: each member is sent its chunk of all buckets
 *   3  it decodes and adds them in float32, in the order of members, and encodes the sum    (second)
 *   4  all-gather: everybody decodes the same words, the member whose chunk it is too
 *
 * Why not a ring that encodes at every hop: it carries the same bytes, but rounds size times, each time
 * more than the last as sums grow, and each error arises on another member, who alone could feed it
 * back. Here every error is known to the one who made it: with error feedback a member keeps what
 * its own encoding took away, and for its chunk also what encoding the sum took away, and adds
 * both to the next values. What is not finite is never kept: it would come back for ever.
 */
import { inParts, type Work } from "@kolo/core";
import { type Quantized } from "../compression.js";
import { type Bucket, type Hook, type HookMemory } from "../hook.js";
import { HookState } from "../hook-state.js";
import { codecs } from "./codecs.js";
import {
  add,
  addDifference,
  decodePieces,
  eachPiece,
  encodePieces,
  keepDifference,
  pieceElements,
} from "./decoded-pieces.js";
import { chunkElements, partWords, quantizedArrays } from "./quantized-demand.js";

/** A group of one exchanges nothing: its values stay as they are. */
export function quantizedHook(compression: Quantized, bucket: Bucket, memory: HookMemory): Hook {
  const { count, rank, size } = bucket;
  const codec = codecs[compression.kind];
  const state = new HookState(memory.state, quantizedArrays(compression, bucket));
  const words = partWords(compression, bucket);
  const exchanged = memory.exchange.subarray(0, 2 * size * words);
  const gathered = exchanged.subarray(0, size * words);
  const piece = new Float32Array(pieceElements);

  const members = Array.from({ length: size }, (_, member) => {
    const start = Math.min(count, member * chunkElements(bucket));
    const end = Math.min(count, start + chunkElements(bucket));
    const encodedWords = codec.words(end - start);
    return {
      chunkOf: (values: Float32Array) => values.subarray(start, end),
      /** What is sent to the member, and what it sends to all. */
      out: gathered.subarray(member * words, member * words + encodedWords),
      padding: gathered.subarray(member * words + encodedWords, (member + 1) * words),
      offset: (size + member) * words,
    };
  });
  const own = memberAt(members, rank);
  /** What each member sends of the chunk that is added up here. */
  const received = members.map(({ offset }) => exchanged.subarray(offset, offset + own.out.length));

  const residualOf = (): Float32Array | undefined =>
    compression.errorFeedback ? state.next(0) : undefined;

  function* encodeAll(values: Float32Array): Work {
    const residual = residualOf();
    if (residual !== undefined) {
      const before = state.current(0);
      yield* inParts(count, (start, end) => {
        add(values, before.subarray(start, end), start);
      });
    }
    for (const { chunkOf, out, padding } of members) {
      const chunk = chunkOf(values);
      yield* encodePieces(codec, chunk, out);
      padding.fill(0);
      if (residual === undefined) continue;
      const kept = chunkOf(residual);
      yield* eachPiece(codec, out, piece, chunk.length, (decoded, start) => {
        keepDifference(kept, chunk, decoded, start);
      });
    }
  }

  function* addUp(values: Float32Array): Work {
    const sum = own.chunkOf(values);
    yield* inParts(sum.length, (start, end) => sum.fill(0, start, end));
    for (const words of received) {
      yield* eachPiece(codec, words, piece, sum.length, (decoded, start) => {
        add(sum, decoded, start);
      });
    }
    yield* encodePieces(codec, sum, own.out);
    const residual = residualOf();
    if (residual === undefined) return;
    const kept = own.chunkOf(residual);
    yield* eachPiece(codec, own.out, piece, sum.length, (decoded, start) => {
      addDifference(kept, sum, decoded, start);
    });
  }

  return {
    async run(values, group, pace) {
      if (size === 1) {
        state.advance();
        return;
      }
      await pace.follow(encodeAll(values));
      await group.allToAll(exchanged);
      await pace.follow(addUp(values));
      await group.allGather(gathered);
      for (const { chunkOf, out } of members) {
        await pace.follow(decodePieces(codec, out, chunkOf(values)));
      }
      state.advance();
    },
  };
}

function memberAt<T>(members: readonly T[], rank: number): T {
  const member = members[rank];
  if (member !== undefined) return member;
  throw new RangeError(`expected a rank below ${members.length}, got ${rank}`);
}
