/** The ports that the system chooses from where a program asks for any, as ranks do. */
import { readFileSync } from "node:fs";

export interface PortRange {
  readonly first: number;
  readonly last: number;
}

const file = "/proc/sys/net/ipv4/ip_local_port_range";
/** Beside the ends: so much of the range a firewall may close unnoticed, and no more. */
const parts = 4;

/** Undefined where the system does not say. */
export function portRange(): PortRange | undefined {
  try {
    const [first = NaN, last = NaN] = readFileSync(file, "utf8").trim().split(/\s+/).map(Number);
    return first <= last ? { first, last } : undefined;
  } catch {
    return undefined;
  }
}

/** Ports spread evenly over the range, both ends among them. Pure. */
export function spreadOver({ first, last }: PortRange): number[] {
  const ports = Array.from({ length: parts + 1 }, (_, part) =>
    Math.round(first + ((last - first) * part) / parts),
  );
  return [...new Set(ports)];
}
