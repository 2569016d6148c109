/** Hosts that cannot run their ranks, as tsrun hears of it. */
import { describe, expect, it } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { remoteShellLine } from "../ssh/remote-shell-line.js";
import { isAlive } from "../testing/processes.js";
import { type AgentOptions } from "./agent-connection.js";
import { type AgentChanges, shellAgents } from "./testing/shell-agents.js";

const { folder, agentFile, shellLine, options, start, startAll } = shellAgents();

describe("hosts that cannot run their ranks", () => {
  const refusal = (...hosts: AgentOptions[]): Promise<string> =>
    startAll(hosts).then(
      () => "none",
      (error: unknown) => (error as Error).message,
    );

  it("are of another version of kolo", async () => {
    expect(await refusal(options("", { koloVersion: "1.3.0" }))).toBe(
      "[host_mismatch] host host-b: expected kolo 1.3.0 as here, got 1.2.3; install the same " +
        "version on both, or name the right folder with --wdir",
    );
  });

  it("lack what the job needs", async () => {
    const at = (changes: Partial<Parameters<typeof remoteShellLine>[0]>): AgentChanges => {
      const program = { directory: folder, nodes: [process.execPath], agent: agentFile };
      return { command: ["sh", "-c", remoteShellLine({ ...program, ...changes })] };
    };
    expect(
      await refusal(
        options("", { ...at({ directory: "/nowhere" }), prepare: { directory: "/nowhere" } }),
      ),
    ).toBe(
      "[host_incomplete] host host-b: no such directory there: /nowhere; copy the project to the " +
        "same path, or say where it is with --wdir",
    );
    expect(await refusal(options("", at({ nodes: ["no-such-node"] })))).toMatch(
      /^\[host_incomplete\] host host-b: no node there, in PATH \(.*\); say where it is with --node-path$/,
    );
    expect(await refusal(options("", at({ agent: "/no/agent.js" })))).toMatch(
      /^\[host_incomplete\] host host-b: kolo is not installed there: no such file: \/no\/agent\.js; /,
    );
    const script = join(folder, "no-such.ts");
    expect(await refusal(options("", { prepare: { script } }))).toBe(
      `[host_incomplete] host host-b: no such script: ${script}; if the project lies elsewhere ` +
        "there, say where with --wdir\n" +
        "  no tsx, which runs TypeScript and is installed with kolo: Cannot find module 'tsx'",
    );
  });

  it("are not reached: the command and its own words say why", async () => {
    const command = ["sh", "-c", "echo Welcome; echo Permission denied >&2; exit 255"];
    expect(await refusal(options("", { command }))).toBe(
      "[host_unreachable] host host-b: no agent there: sh exited with 255: Permission denied\n" +
        "  it said: Welcome\n" +
        "  it said: Permission denied\n" +
        "  command: sh -c 'echo Welcome; echo Permission denied >&2; exit 255'",
    );
    expect(await refusal(options("", { command: ["/no/ssh"] }))).toMatch(
      /^\[host_unreachable\] host host-b: no agent there: ssh could not be started: .*ENOENT/,
    );
    const silent = { command: ["sh", "-c", "exec sleep 60"], timeoutMs: 200 };
    expect(await refusal(options("", silent))).toMatch(
      /^\[host_unreachable\] host host-b: not ready within 0.2 s \(--start-timeout\)/,
    );
    const chatty = { command: ["sh", "-c", "exec yes"] };
    expect(await refusal(options("", chatty))).toMatch(
      /host-b: no agent there: expected the greeting/,
    );
  });

  it("are all named at once, and the others' agents are ended", async () => {
    const failing = (host: string): AgentOptions =>
      options("", { host, command: ["sh", "-c", `echo no way to ${host} >&2; exit 255`] });
    const pidFile = join(folder, "good.pid");
    const good = options("", { command: ["sh", "-c", `echo $$ > ${pidFile}; ${shellLine}`] });
    expect(await refusal(failing("host-a"), good, failing("host-c"))).toMatch(
      new RegExp(
        "^\\[host_unreachable\\] 2 of 3 hosts cannot run their ranks\n" +
          "  host host-a: no agent there: sh exited with 255: no way to host-a\n" +
          "  host host-c: no agent there: sh exited with 255: no way to host-c\n" +
          "host-a:\n  command: .*\n" +
          "host-c:\n  command: .*$",
      ),
    );
    expect(isAlive(Number(readFileSync(pidFile, "utf8")))).toBe(false);
  });

  it("are tried all at the same time", async () => {
    // Each waits for all the others.
    const names = ["p", "q", "r"].map((name) => join(folder, name));
    const waits = names.map((name) => `until [ -e ${name} ]; do sleep 0.02; done`).join("; ");
    const agents = await startAll(
      names.map((name) =>
        options("", { command: ["sh", "-c", `> ${name}; ${waits}; ${shellLine}`] }),
      ),
    );
    expect(agents).toHaveLength(3);
    expect(names.every((name) => existsSync(name))).toBe(true);
  });

  it("may greet whoever logs in", async () => {
    const agent = await start("", {
      command: ["sh", "-c", `echo; echo Welcome to b; ${shellLine}`],
    });
    expect(agent.ready.missing).toEqual([]);
    expect(Math.abs(agent.clocks.wallMs)).toBeLessThan(1000);
  });
});
