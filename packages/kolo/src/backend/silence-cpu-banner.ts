/**
 * The cpu backend of tfjs prints a banner at its first use in Node. One rank doing so is enough.
 * tfjs has no switch for that alone.
 */
import type * as tfjs from "@tensorflow/tfjs";

export function silenceCpuBanner(tf: Pick<typeof tfjs, "findBackend">): void {
  const cpu = tf.findBackend("cpu") as { firstUse?: boolean } | null;
  if (cpu?.firstUse === true) cpu.firstUse = false;
}
