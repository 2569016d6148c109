import { timingSafeEqual } from "node:crypto";
import { Metadata } from "@grpc/grpc-js";

const key = "authorization";

/** The metadata of a call that shows the token of the job. It waits for the peer to be reachable. */
export function metadataWithToken(token: string): Metadata {
  const metadata = new Metadata({ waitForReady: true });
  metadata.set(key, bearer(token));
  return metadata;
}

/** Whether a call shows the token; the time this takes tells nothing about it but its length. */
export function showsToken(metadata: Metadata, token: string): boolean {
  const values = metadata.get(key);
  const [value] = values;
  if (values.length !== 1 || typeof value !== "string") return false;
  const given = Buffer.from(value);
  const expected = Buffer.from(bearer(token));
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function bearer(token: string): string {
  return `Bearer ${token}`;
}
