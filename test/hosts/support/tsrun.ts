/**
 * Runs the real command in a host, as its user would there. The kolo of the repository is on the file
 * system that all hosts share, so every host finds it at the same path.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root, tsrunPath } from "../../support/tsrun.js";
import type { ExecOptions, Host, HostCommand } from "./host.js";
import type { Hosts } from "./hosts.js";
import type { CommandResult } from "./running-command.js";

export interface HostsTsrunResult extends CommandResult {
  /** What ran in any host when tsrun had ended, and two seconds later: "host-b: node train.js". */
  readonly left: readonly string[];
}

export interface RunningHostsTsrun extends Omit<HostCommand, "done"> {
  /** The end of tsrun itself. */
  readonly ended: Promise<CommandResult>;
  readonly done: Promise<HostsTsrunResult>;
}

export interface HostsTsrunOptions extends ExecOptions {
  /** How long what tsrun started may take to end after it. Default 2000. */
  readonly graceMs?: number;
}

/** Starts tsrun in `host`; the other hosts of `hosts` are where it may start ranks. */
export function startTsrun(
  hosts: Hosts,
  host: Host,
  args: readonly string[],
  { graceMs = 2000, ...options }: HostsTsrunOptions = {},
): RunningHostsTsrun {
  if (!existsSync(join(root, "packages/kolo/lib/tsrun.js"))) {
    throw new Error("expected kolo to be built, got no packages/kolo/lib; run: npm run build");
  }
  const running = host.start(tsrunPath, args, options);
  const ended = async (): Promise<HostsTsrunResult> => {
    const result = await running.done;
    const left = await Promise.all(
      hosts.all.map(async (one) =>
        (await one.processesGone(graceMs)).map(({ command }) => `${one.name}: ${command}`),
      ),
    );
    return { ...result, left: left.flat() };
  };
  return { ...running, ended: running.done, done: ended() };
}

export function runTsrun(
  hosts: Hosts,
  host: Host,
  args: readonly string[],
  options?: HostsTsrunOptions,
): Promise<HostsTsrunResult> {
  return startTsrun(hosts, host, args, options).done;
}

/** A Node, for --node-path, that says that it is another version. */
export function pretendedNode(hosts: Hosts, version: string): string {
  const lie = join(hosts.folder, "lie.cjs");
  const set = `Object.defineProperty(process, "version", { value: ${JSON.stringify(version)} });`;
  writeFileSync(lie, set);
  return nodeWrapper(hosts, "lying-node", `node --require ${lie}`);
}

/** For --node-path: a program that runs `command`, with what Node is given. */
export function nodeWrapper(hosts: Hosts, name: string, command: string): string {
  const path = join(hosts.folder, name);
  writeFileSync(path, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 });
  return path;
}

/** Makes the kolo that one host sees say that it is another version, in a copy of its package.json. */
export async function pretendVersion(hosts: Hosts, host: Host, version: string): Promise<void> {
  const manifest = join(root, "packages/kolo/package.json");
  const copy = join(hosts.folder, host.name, "package.json");
  const content = JSON.parse(readFileSync(manifest, "utf8")) as Record<string, unknown>;
  writeFileSync(copy, JSON.stringify({ ...content, version }));
  await host.mount(copy, manifest);
}
