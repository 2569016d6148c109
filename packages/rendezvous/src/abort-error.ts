import { fromWire, KoloError, type KoloErrorCode } from "@kolo/core";
import { type RootCause } from "./messages.js";

/** Causes that the coordinator itself puts into words: they name the ranks already. */
const selfExplaining: readonly KoloErrorCode[] = [
  "rendezvous_timeout",
  "rank_failed",
  "rank_finished_early",
  "stalled",
  "interrupted",
];

/**
 * What a rank throws when the job has failed: the cause's own code, or `rank_failed` where the
 * cause is no error of kolo's; the rank and host to blame; the original error as its cause.
 */
export function abortError({ rank, host, error }: RootCause): KoloError {
  const cause = fromWire(error);
  const { code } = error;
  const text = error.message.replace(`[${code ?? ""}] `, "");
  const explained = rank === undefined || (code !== undefined && selfExplaining.includes(code));
  const message = explained ? text : `rank ${rank} on ${host} failed: ${text}`;
  return new KoloError(code ?? "rank_failed", message, {
    ...error.context,
    ...(rank !== undefined && { rank }),
    host,
    cause,
  });
}
