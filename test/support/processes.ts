/** Looks for processes that a test left behind, by a mark in their environment. Linux only. */
import { readdirSync, readFileSync } from "node:fs";

export function processesWith(mark: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, "utf8").includes(mark) && !isZombie(pid);
      } catch {
        return false;
      }
    });
}

function isZombie(pid: number): boolean {
  return / Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
}

/** Waits until no process has the mark, at most `timeoutMs`; returns those that are still there. */
export async function processesGone(mark: string, timeoutMs: number): Promise<number[]> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const left = processesWith(mark);
    if (left.length === 0 || performance.now() > endMs) return left;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
