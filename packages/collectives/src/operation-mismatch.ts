/** Two ranks are in different operations: both are named, whichever way it was noticed. */
import { KoloError } from "@kolo/core";

export interface Mismatch {
  readonly rank: number;
  readonly peer: number;
  readonly sequence: number;
  /** Described; theirs may be unknown and empty. */
  readonly ours: string;
  readonly theirs: string;
}

export function operationMismatch({ rank, peer, sequence, ours, theirs }: Mismatch): KoloError {
  const number = `(#${sequence})`;
  return new KoloError(
    "operation_mismatch",
    `expected ${ours} ${number}, which rank ${rank} is in, ` +
      `but rank ${peer} is in ${theirs === "" ? "another operation" : theirs} ${number}; ` +
      `every rank must call the same collectives in the same order`,
    { rank, peer, operation: ours },
  );
}
