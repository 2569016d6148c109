/** What two agents have in common where one machine was named twice, under two names. */
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/**
 * Of the machine this runs on: its kernel's start, its process namespace, which containers have their own
 * of, and its hostname. Undefined where there is no /proc.
 */
export function machineIdentity(): string | undefined {
  try {
    const bootId = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return [bootId, readlinkSync("/proc/self/ns/pid"), hostname()].join(" ");
  } catch {
    return undefined;
  }
}
