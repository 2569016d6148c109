/** The processes of a process namespace, as seen from outside of it. Linux only. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface NamespaceProcess {
  /** As this process sees it, not as the host does. */
  readonly pid: number;
  /** R, S, D, T (stopped), … as in proc(5). */
  readonly state: string;
  readonly command: string;
}

/** The namespace in which the process lives, as a name that can be compared. */
export const namespaceOf = (pid: number, kind: "pid" | "net" | "mnt"): string | undefined => {
  try {
    return readlinkSync(`/proc/${pid}/ns/${kind}`);
  } catch {
    return undefined;
  }
};

/** All that live in the namespace, but for those that ended and wait to be collected. */
export function processesIn(kind: "pid" | "net" | "mnt", namespace: string): NamespaceProcess[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => namespaceOf(pid, kind) === namespace)
    .flatMap((pid) => {
      const found = describe(pid);
      return found === undefined || found.state === "Z" ? [] : [found];
    });
}

export function childrenOf(pid: number): number[] {
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
    return children === "" ? [] : children.split(" ").map(Number);
  } catch {
    return [];
  }
}

function describe(pid: number): NamespaceProcess | undefined {
  try {
    // The name is in parentheses, and may hold spaces and parentheses itself.
    const state = /.*\) (\w) /s.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1] ?? "?";
    const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ").trim();
    return { pid, state, command };
  } catch {
    return undefined;
  }
}
