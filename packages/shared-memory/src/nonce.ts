/** The number that a rank writes into shared memory and the others find there: the proof of sharing. */
import { randomFillSync } from "node:crypto";
import { type HostLayout, nonceWords, recordOffset } from "./host-layout.js";

export function makeNonce(): number[] {
  return [...randomFillSync(new Int32Array(nonceWords))];
}

export function writeNonce(
  memory: SharedArrayBuffer,
  layout: HostLayout,
  rank: number,
  nonce: readonly number[],
): void {
  place(memory, layout, rank).set(nonce);
}

/** Whether this rank sees what that one says it wrote. */
export function seesNonce(
  memory: SharedArrayBuffer,
  layout: HostLayout,
  rank: number,
  nonce: readonly number[],
): boolean {
  return place(memory, layout, rank).every((word, index) => word === nonce[index]);
}

function place(memory: SharedArrayBuffer, layout: HostLayout, rank: number): Int32Array {
  return new Int32Array(memory, recordOffset(layout, rank), nonceWords);
}
