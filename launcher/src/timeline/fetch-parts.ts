/**
 * Brings what ranks of another host recorded to this machine, when they have ended: each part to where a
 * rank of this machine would have written it, from where on nothing tells them apart.
 */
import { tracePartOf } from "@kolo/core";
import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { type ArrivingPart } from "../remote/remote-part.js";
import { messageOf } from "../report/message-of.js";

/** What a rank of another host is asked for. */
export interface PartRequest {
  readonly rank: number;
  /** As the user wrote it. */
  readonly host: string;
  /** The timeline, here. */
  readonly file: string;
  /** Undefined where the rank was never started. */
  readonly open: () => ArrivingPart | undefined;
}

/**
 * One after the other, all of one host. Resolves with what is lacking, in words, and never rejects: what
 * has arrived is used.
 */
export async function fetchParts(requests: readonly PartRequest[]): Promise<string[]> {
  const lacking: string[] = [];
  const failed = new Set<number>();
  for (const request of requests) {
    const { rank, host, file } = request;
    // What it sends may still be of the part before.
    if (failed.has(rank)) continue;
    const { bytes, reason } = await fetchPart(request);
    if (reason === undefined) continue;
    failed.add(rank);
    const what = bytes === 0 ? "all" : `all but the first ${bytes} bytes`;
    const [why = ""] = reason.split("\n");
    lacking.push(`the timeline ${file} lacks ${what} of rank ${rank} on ${host}: ${why}`);
  }
  return lacking;
}

async function fetchPart({
  rank,
  file,
  open,
}: PartRequest): Promise<{ readonly bytes: number; readonly reason: string | undefined }> {
  const part = open();
  if (part === undefined) return { bytes: 0, reason: undefined };
  // Emptied in any case: one of an earlier job may lie there.
  const target = createWriteStream(tracePartOf(file, rank));
  try {
    await pipeline(part.bytes, target);
    return { bytes: target.bytesWritten, reason: await part.lacking };
  } catch (error) {
    return { bytes: target.bytesWritten, reason: messageOf(error) };
  }
}
