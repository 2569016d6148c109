/**
 * The token of the job, as every gRPC call of it carries it: `authorization: Bearer …`. Only ranks
 * and the launcher know it; it comes over the control pipe.
 */
import { createHash, timingSafeEqual } from "node:crypto";

export const authorizationKey = "authorization";

export function bearerOf(token: string): string {
  return `Bearer ${token}`;
}

/** Whether what a call carries under the key is the token; takes the same time for any wrong one. */
export function showsToken(values: readonly (string | Buffer)[], token: string): boolean {
  return values.length === 1 && timingSafeEqual(digest(values[0] ?? ""), digest(bearerOf(token)));
}

/** Equally long whatever the text: `timingSafeEqual` asks for that. */
function digest(text: string | Buffer): Buffer {
  return createHash("sha256").update(text).digest();
}
