/**
 * A set of new namespaces, held by one process: the network, mounts, hostname, shared memory,
 * processes and monotonic clock of a host, or of the switch between hosts. They have no name anywhere, so nothing is left
 * of them once that process is gone, and it goes with the test process: at the end of its input.
 */
import type { ChildProcess } from "node:child_process";
import { eventually } from "./eventually.js";
import { requireForHosts } from "./requirements.js";
import {
  childrenOf,
  type NamespaceProcess,
  namespaceOf,
  processesIn,
} from "./namespace-processes.js";
import {
  type CommandOptions,
  type RunningCommand,
  startCommand,
  succeeded,
} from "./running-command.js";

export interface Namespaces {
  /** The first process inside, as seen from outside. */
  readonly firstPid: number;
  /** All processes inside but the first. */
  processes(): NamespaceProcess[];
  start(command: readonly string[], options?: CommandOptions): RunningCommand;
  /** Runs a command inside that has to succeed; throws with what it printed where it does not. */
  run(...command: string[]): Promise<void>;
  /** The same in its network alone, by a process that sees the files and processes outside. */
  runInNetwork(...command: string[]): Promise<void>;
  /** Stops every process inside but the first: the host ends with the test process even so. */
  freeze(): Promise<void>;
  thaw(): void;
  /** Kills all that is inside, at once; resolves when it is gone. Harmless the second time. */
  kill(): Promise<void>;
}

const kinds = ["--net", "--mount", "--uts", "--ipc", "--pid", "--time"];

export interface NamespacesOptions {
  /** How far the monotonic clock inside is ahead of the one outside. Default 0. */
  readonly clockSeconds?: number;
}

/** Makes them; `init` is their first process, which prints "ready" and reads its input to the end. */
export async function createNamespaces(
  init: readonly string[],
  { clockSeconds = 0 }: NamespacesOptions = {},
): Promise<Namespaces> {
  requireForHosts(["unshare", "nsenter", "setpriv"]);
  const holder = startCommand(
    [
      ...["unshare", ...kinds, `--monotonic=${clockSeconds}`],
      ...["--fork", "--mount-proc", "--kill-child", ...init],
    ],
    { openInput: true },
  );
  await holder.printed("ready\n");
  const { pid } = holder.child;
  const firstPid = pid === undefined ? undefined : childrenOf(pid)[0];
  const pidNamespace = firstPid === undefined ? undefined : namespaceOf(firstPid, "pid");
  if (firstPid === undefined || pidNamespace === undefined) {
    throw new Error(`the first process of new namespaces ended: ${holder.stderr()}`);
  }
  const enter = (namespaces: readonly string[], command: readonly string[]) => [
    "nsenter",
    `--target=${firstPid}`,
    ...namespaces,
    "--",
    ...command,
  ];
  /** The nsenter of each command: outside, and it stops itself when what it waits for is stopped. */
  const entered = new Set<ChildProcess>();
  const start = (command: readonly string[], options?: CommandOptions) => {
    const running = startCommand(enter(kinds, command), options);
    entered.add(running.child);
    running.child.on("exit", () => entered.delete(running.child));
    return running;
  };
  const processes = () => processesIn("pid", pidNamespace).filter(({ pid }) => pid !== firstPid);
  const thaw = () => {
    for (const { pid } of processes()) signal(pid, "SIGCONT");
    for (const nsenter of entered) nsenter.kill("SIGCONT");
  };
  return {
    firstPid,
    processes,
    start,
    run: async (...command) => {
      await succeeded(command.join(" "), start(command).done);
    },
    runInNetwork: async (...command) => {
      await succeeded(command.join(" "), startCommand(enter(["--net"], command)).done);
    },
    freeze: async () => {
      // What runs may start more before its own signal comes, so until all have stopped.
      await eventually("all processes are stopped", () => {
        const moving = processes().filter(({ state }) => state !== "T");
        for (const { pid } of moving) signal(pid, "SIGSTOP");
        return moving.length === 0;
      });
    },
    thaw,
    kill: async () => {
      // The first process takes all others with it, and unshare ends when they are gone.
      if (holder.child.exitCode === null && holder.child.signalCode === null) {
        signal(firstPid, "SIGKILL");
      }
      thaw();
      await holder.done;
    },
  };
}

/** To a process that may have ended since it was seen. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has.
  }
}
