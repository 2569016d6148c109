/** One test host: what a test does to it, and in it. */
import { closePorts, openPorts } from "./firewall.js";
import type { NamespaceProcess } from "./namespace-processes.js";
import { childrenOf } from "./namespace-processes.js";
import type { Namespaces } from "./namespaces.js";
import { programPath } from "./requirements.js";
import {
  type CommandOptions,
  type CommandResult,
  type RunningCommand,
  startCommand,
  succeeded,
} from "./running-command.js";
import type { SshDaemon } from "./ssh-daemon.js";
import type { Port } from "./switch.js";

export interface ExecOptions extends CommandOptions {
  /** Default: the root of the repository. */
  readonly cwd?: string;
}

export interface ServiceOptions extends ExecOptions {
  /** Whether what it starts is part of the host too, not work done in it. Default false. */
  readonly withChildren?: boolean;
}

export interface HostCommand extends RunningCommand {
  /** As the test process sees it, not as the host does; undefined before it began, or after it ended. */
  pid(): number | undefined;
  /** Sends a signal to the command itself, not to what it started. */
  kill(signal: NodeJS.Signals): void;
}

export interface Host {
  /** host-a, host-b, …: its hostname, which every host resolves to `address`. */
  readonly name: string;
  readonly address: string;
  readonly address6: string;
  readonly namespaces: Namespaces;
  readonly sshd: SshDaemon;

  /** Starts a command in the host, as its user would at a terminal of it. */
  start(command: string, args?: readonly string[], options?: ExecOptions): HostCommand;
  /** Runs a command in the host to its end. */
  exec(command: string, args?: readonly string[], options?: ExecOptions): Promise<CommandResult>;
  /** Starts a daemon, which counts as part of the host: `processes` leaves it out. */
  startService(command: string, args?: readonly string[], options?: ServiceOptions): HostCommand;
  /** Lays a file or folder over another, in this host alone. */
  mount(source: string, target: string): Promise<void>;
  /**
   * Sets the wall clock of what is started from now on ahead of the other hosts', or back where it is
   * negative. Starts sshd anew, on port 22, so that what it starts sees the same clock.
   */
  skewClock(seconds: number): Promise<void>;

  /** Pulls the cable out of the host: its address and routes stay, what it sends is lost. */
  linkDown(): Promise<void>;
  linkUp(): Promise<void>;
  /** Limits each direction of the host's link. */
  shape(options: { readonly rate: string }): Promise<void>;
  unshape(): Promise<void>;
  /** Drops new TCP connections from other hosts to these ports, such as "22" or "1024-65535". */
  closePorts(ports: string): Promise<void>;
  openPorts(): Promise<void>;

  /** Stops every process (SIGSTOP); the kernel goes on to answer for them, as on a real host. */
  freeze(): Promise<void>;
  thaw(): void;
  /**
   * Power cut: the link is gone before any connection could be closed, then every process. Harmless
   * the second time; the host does not come back.
   */
  kill(): Promise<void>;

  /** What runs in it, but for its first process and its services; a session of sshd counts. */
  processes(): readonly NamespaceProcess[];
  /** Waits until nothing else runs in it, at most `timeoutMs`; returns what still does. */
  processesGone(
    timeoutMs: number,
    mayStay?: (one: NamespaceProcess) => boolean,
  ): Promise<readonly NamespaceProcess[]>;
}

export interface HostParts {
  readonly name: string;
  readonly address: string;
  readonly address6: string;
  readonly namespaces: Namespaces;
  readonly port: Port;
  readonly cwd: string;
  readonly createSshd: (startService: Host["startService"]) => SshDaemon;
}

const pollMs = 20;
const pause = () => new Promise((resolve) => setTimeout(resolve, pollMs));

export function createHost(parts: HostParts): Host {
  const { name, address, address6, namespaces, port } = parts;
  /** Variables for whatever is started. */
  let clock: Readonly<Record<string, string>> = {};
  const start: Host["start"] = (command, args = [], { cwd = parts.cwd, ...options } = {}) => {
    // nsenter starts it in the root folder. Nor is nsenter, outside, to have another clock: that leaves
    // its shared memory behind.
    const variables = Object.entries(clock).map(([key, value]) => `${key}=${value}`);
    const running = namespaces.start(["env", "-C", cwd, ...variables, command, ...args], options);
    const pid = () =>
      running.child.pid === undefined ? undefined : childrenOf(running.child.pid)[0];
    return {
      ...running,
      pid,
      kill: (signal) => {
        const inside = pid();
        if (inside !== undefined) process.kill(inside, signal);
      },
    };
  };

  const services = new Map<HostCommand, boolean>();
  const startService: Host["startService"] = (command, args, { withChildren, ...options } = {}) => {
    const service = start(command, args, options);
    services.set(service, withChildren ?? false);
    return service;
  };
  const sshd = parts.createSshd(startService);

  let killed: Promise<void> | undefined;
  const powerCut = async () => {
    await port.unplug();
    await namespaces.kill();
  };

  const processes = () => {
    const ofServices = new Set(
      [...services].flatMap(([service, withChildren]) => {
        const pid = service.pid();
        if (pid === undefined) return [];
        return withChildren ? [pid, ...childrenOf(pid)] : [pid];
      }),
    );
    return namespaces.processes().filter(({ pid }) => !ofServices.has(pid));
  };

  return {
    name,
    address,
    address6,
    namespaces,
    sshd,
    start,
    exec: (...args) => start(...args).done,
    startService,
    mount: (source, target) => namespaces.run("mount", "--bind", source, target),
    skewClock: async (seconds) => {
      clock = await fakeClock(seconds);
      await sshd.start({ environment: clock });
    },
    linkDown: () => port.unplug(),
    linkUp: () => port.plug(),
    shape: ({ rate }) => port.shape(rate),
    unshape: () => port.unshape(),
    closePorts: (ports) => closePorts(namespaces, ports),
    openPorts: () => openPorts(namespaces),
    freeze: () => namespaces.freeze(),
    thaw: () => {
      namespaces.thaw();
    },
    kill: () => (killed ??= powerCut()),
    processes,
    processesGone: async (timeoutMs, mayStay = () => false) => {
      const endMs = performance.now() + timeoutMs;
      for (;;) {
        const left = processes().filter((one) => !mayStay(one));
        if (left.length === 0 || performance.now() > endMs) return left;
        await pause();
      }
    },
  };
}

/** The variables that make the wall clock, not the monotonic one, of a process run ahead. */
async function fakeClock(seconds: number): Promise<Record<string, string>> {
  const offset = `${seconds < 0 ? "" : "+"}${seconds}s`;
  // faketime knows where its library lies, which differs between systems.
  const command = [programPath("faketime"), "-f", offset, "printenv", "LD_PRELOAD"];
  const library = await succeeded("faketime", startCommand(command).done);
  return { LD_PRELOAD: library.trim(), FAKETIME: offset, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
}
