/**
 * Encoded values, decoded piece after piece, and what is done with each while it is in the nearest
 * cache. Pieces are cut where blocks end, so every codec decodes them alone.
 */
/* eslint-disable @typescript-eslint/no-non-null-assertion -- kernels: pieces are parts of the others */
import { inParts, type Work } from "@kolo/core";
import { blockElements, type Codec } from "./codec.js";

/** Elements of a piece. */
export const pieceElements = 16 * blockElements;

/** Encodes values piece after piece. */
export function* encodePieces(codec: Codec, values: Float32Array, words: Int32Array): Work {
  const encodePiece = (start: number, end: number): void => {
    codec.encode(values.subarray(start, end), wordsOf(codec, words, start, end));
  };
  yield* inParts(values.length, encodePiece, { work: 4, length: pieceElements });
}

/** Fills `values`. */
export function* decodePieces(codec: Codec, words: Int32Array, values: Float32Array): Work {
  const decodePiece = (start: number, end: number): void => {
    codec.decode(wordsOf(codec, words, start, end), values.subarray(start, end));
  };
  yield* inParts(values.length, decodePiece, { work: 2, length: pieceElements });
}

/** Decodes `count` values into `piece`, a part at a time, which starts at element `start`. */
export function* eachPiece(
  codec: Codec,
  words: Int32Array,
  piece: Float32Array,
  count: number,
  visit: (decoded: Float32Array, start: number) => void,
): Work {
  const visitPiece = (start: number, end: number): void => {
    const decoded = piece.subarray(0, end - start);
    codec.decode(wordsOf(codec, words, start, end), decoded);
    visit(decoded, start);
  };
  yield* inParts(count, visitPiece, { work: 4, length: piece.length });
}

function wordsOf(codec: Codec, words: Int32Array, start: number, end: number): Int32Array {
  return words.subarray(codec.words(start), codec.words(end));
}

/** values += addend, from element `start` on; by fours, which takes 0.6 of the time. */
export function add(values: Float32Array, addend: Float32Array, start: number): void {
  const fours = addend.length - (addend.length % 4);
  for (let i = 0; i < fours; i += 4) {
    values[start + i]! += addend[i]!;
    values[start + i + 1]! += addend[i + 1]!;
    values[start + i + 2]! += addend[i + 2]!;
    values[start + i + 3]! += addend[i + 3]!;
  }
  for (let i = fours; i < addend.length; i++) values[start + i]! += addend[i]!;
}

/** kept = values - decoded, where that is finite, else 0 */
export function keepDifference(
  kept: Float32Array,
  values: Float32Array,
  decoded: Float32Array,
  start: number,
): void {
  for (let i = 0; i < decoded.length; i++) {
    const difference = Math.fround(values[start + i]! - decoded[i]!);
    kept[start + i] = difference - difference === 0 ? difference : 0;
  }
}

/** kept += values - decoded, likewise */
export function addDifference(
  kept: Float32Array,
  values: Float32Array,
  decoded: Float32Array,
  start: number,
): void {
  for (let i = 0; i < decoded.length; i++) {
    const sum = Math.fround(kept[start + i]! + (values[start + i]! - decoded[i]!));
    kept[start + i] = sum - sum === 0 ? sum : 0;
  }
}
