import { type Metadata } from "@grpc/grpc-js";
import { createHash, timingSafeEqual } from "node:crypto";

const key = "authorization";

export function authorize(metadata: Metadata, token: string): void {
  metadata.set(key, `Bearer ${token}`);
}

/** Whether the call carries the job's token; takes the same time for any wrong one. */
export function isAuthorized(metadata: Metadata, token: string): boolean {
  const values = metadata.get(key);
  return values.length === 1 && timingSafeEqual(digest(values[0]), digest(`Bearer ${token}`));
}

/** Equally long whatever the text: `timingSafeEqual` asks for that. */
function digest(text: string | Buffer | undefined): Buffer {
  return createHash("sha256")
    .update(text ?? "")
    .digest();
}
