/** Ends groups of processes, politely at first: SIGTERM, 2 s, SIGKILL. */
import { type Clock } from "@kolo/core";
import { terminateMs } from "../supervise/supervise.js";
import { type HostedRank } from "./hosted-rank.js";

/** SIGKILL works at once or, on a process stuck in the kernel, not at all. */
const killMs = 1000;
/** They are no children of this process once their leader is gone: nothing tells but asking. */
const intervalMs = 20;

/** Resolves when they are gone, or beyond reach. */
export async function endRanks(
  ranks: readonly Pick<HostedRank, "signal" | "alive" | "close">[],
  clock: Clock,
): Promise<void> {
  for (const [signal, graceMs] of [
    ["SIGTERM", terminateMs],
    ["SIGKILL", killMs],
  ] as const) {
    for (const rank of ranks) rank.signal(signal);
    const endMs = clock.now() + graceMs;
    while (ranks.some((rank) => rank.alive()) && clock.now() < endMs) {
      await new Promise<void>((resolve) => clock.after(intervalMs, resolve));
    }
  }
  for (const rank of ranks) rank.close();
}
