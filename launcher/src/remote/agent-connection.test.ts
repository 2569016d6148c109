/** tsrun's side against agents that are real processes, started by a shell instead of by ssh. */
import { afterAll, afterEach, describe, expect, it } from "@jest/globals";
import { systemClock } from "@kolo/core";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Readable } from "node:stream";
import { windowBytes } from "../agent/flow.js";
import { type RankExit, type RankProcess } from "../ranks/spawn-rank.js";
import { type SpawnError } from "../ranks/start-rank.js";
import { remoteShellLine } from "../ssh/remote-shell-line.js";
import { type AgentConnection, type AgentOptions } from "./agent-connection.js";
import { startAgents } from "./start-agents.js";

const folder = mkdtempSync(join(tmpdir(), "kolo-"));
const token = "a-token-of-the-job-0123456789";
const preload = file("preload.cjs", "");
const agentFile = file(
  "agent.cjs",
  `require(${JSON.stringify(join(__dirname, "../agent/run-agent.js"))}).runAgent({
    koloVersion: "1.2.3",
    preload: ${JSON.stringify(preload)},
    resolveTsx: () => { throw new Error("Cannot find module 'tsx'\\nRequire stack"); },
  });`,
);
const started: AgentConnection[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((agent) => agent.close()));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** What a rank with kolo's preload does: end when its control pipe does. */
const loyal = `new (require("net").Socket)({ fd: 3 }).on("end", () => process.exit(9)).resume();`;
let scripts = 0;
function script(code: string): string {
  scripts += 1;
  return file(`script-${scripts}.cjs`, code);
}

const shellLine = remoteShellLine({
  directory: folder,
  nodes: [process.execPath],
  agent: agentFile,
});

type Changes = Partial<Omit<AgentOptions, "prepare">> & {
  readonly prepare?: Partial<AgentOptions["prepare"]>;
};

function options(code: string, changes: Changes = {}): AgentOptions {
  return {
    host: "host-b",
    command: ["sh", "-c", shellLine],
    environment: process.env,
    koloVersion: "1.2.3",
    clock: systemClock,
    timeoutMs: 30_000,
    ...changes,
    prepare: {
      directory: folder,
      script: script(code),
      scriptArguments: [],
      wantsGpus: false,
      silenceMs: 30_000,
      ...changes.prepare,
    },
  };
}

async function start(code: string, changes: Changes = {}): Promise<AgentConnection> {
  const agents = await startAgents([options(code, changes)]);
  started.push(...agents);
  const [agent] = agents;
  if (agent === undefined) throw new Error("expected an agent");
  return agent;
}

interface Running {
  readonly rank: RankProcess;
  readonly pid: Promise<number>;
  /** How it ended: an exit, a reason for no process, or the loss of its host. */
  readonly end: Promise<
    { readonly exit: RankExit } | { readonly unstarted: SpawnError } | { readonly lost: string }
  >;
  readonly reports: string[];
}

function startRank(agent: AgentConnection, rank = 0, environment = {}): Running {
  const reports: string[] = [];
  let tellPid: (pid: number) => void = () => undefined;
  const pid = new Promise<number>((resolve) => {
    tellPid = resolve;
  });
  let process: RankProcess | undefined;
  const end = new Promise<Awaited<Running["end"]>>((resolve) => {
    const order = { nodeFlags: [], environment, launch: { token } };
    process = agent.startRank(rank, order, {
      onStart: tellPid,
      onReport: ({ message }) => reports.push(message),
      onTimeline: (path) => reports.push(path),
      onExit: (exit) => {
        resolve({ exit });
      },
      onSpawnError: (unstarted) => {
        resolve({ unstarted });
      },
      onLost: ({ message }) => {
        resolve({ lost: message });
      },
    });
  });
  if (process === undefined) throw new Error("expected a rank");
  return { rank: process, pid, end, reports };
}

async function read(stream: Readable): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += String(chunk);
  return text;
}

async function said(stream: Readable): Promise<string> {
  const [chunk] = (await once(stream, "data")) as [Buffer];
  return chunk.toString().trim();
}

function isAlive(pid: number): boolean {
  try {
    // Dead but not yet reaped by whoever inherited it: as good as gone.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}

async function gone(pid: number): Promise<void> {
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
}

const parentOf = (pid: number): number =>
  Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);

describe("an agent", () => {
  it("starts ranks with its own environment and what is added, and tells how they end", async () => {
    const agent = await start(
      `
      const pipe = new (require("net").Socket)({ fd: 3 });
      pipe.on("data", (line) => {
        console.log(JSON.stringify([
          process.env.KOLO_RANK, process.env.FROM_THERE, process.env.FROM_HERE,
          process.cwd(), process.argv.slice(2), String(line),
        ]));
        console.error("to stderr");
        require("fs").writeSync(4, '{"failure":{"name":"Error","message":"boom"}}\\n{"timeline":"/t"}\\n');
        process.exit(40 + Number(process.env.KOLO_RANK));
      });
    `,
      {
        command: ["sh", "-c", `FROM_THERE=there; export FROM_THERE; ${shellLine}`],
        prepare: { scriptArguments: ["--flag", "two words"] },
      },
    );
    expect(agent.hello).toMatchObject({ koloVersion: "1.2.3", nodeVersion: process.version });
    for (const rank of [2, 7]) {
      const running = startRank(agent, rank, { KOLO_RANK: String(rank), FROM_HERE: "here" });
      expect(JSON.parse(await read(running.rank.stdout))).toEqual([
        String(rank),
        "there",
        "here",
        folder,
        ["--flag", "two words"],
        `{"token":"${token}"}\n`,
      ]);
      expect(await read(running.rank.stderr)).toBe("to stderr\n");
      expect(await running.end).toEqual({ exit: { exitCode: 40 + rank, signal: null } });
      expect(running.reports).toEqual(["boom", "/t"]);
    }
  });

  it("passes signals on to a rank's whole group, and tells when it is gone", async () => {
    const agent =
      await start(`process.on("SIGTERM", () => console.log("ignored")); console.log("ready");
      setInterval(() => {}, 1e6);`);
    const { rank, end } = startRank(agent);
    expect(await said(rank.stdout)).toBe("ready");
    rank.group.signal("SIGTERM");
    expect(await said(rank.stdout)).toBe("ignored");
    expect(rank.group.alive).toBe(true);
    rank.group.signal("SIGKILL");
    expect(await end).toEqual({ exit: { exitCode: null, signal: "SIGKILL" } });
    while (rank.group.alive) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it("stops a rank whose output nobody reads, holds little of it, and loses none", async () => {
    const bytes = 8 << 20;
    const agent = await start(`
      const out = Buffer.alloc(${bytes}, "0123456789abcde\\n");
      console.error("begun");
      process.stdout.write(out, () => console.error("written"));
    `);
    const { rank, end } = startRank(agent);
    let words = "";
    rank.stderr.on("data", (chunk: Buffer) => (words += chunk.toString()));
    const other = startRank(agent, 1);
    // While one rank's output waits, another's passes.
    other.rank.stderr.resume();
    const sizeOf = (stream: Readable): number =>
      stream.readableLength + (stream as unknown as { writableLength: number }).writableLength;
    const hash = async (stream: Readable): Promise<string> => {
      const sum = createHash("sha256");
      for await (const chunk of stream) sum.update(chunk as Buffer);
      return sum.digest("hex");
    };
    const expected = createHash("sha256")
      .update(Buffer.alloc(bytes, "0123456789abcde\n"))
      .digest("hex");
    expect(await hash(other.rank.stdout)).toBe(expected);
    expect(await other.end).toEqual({ exit: { exitCode: 0, signal: null } });
    expect(words).toBe("begun\n");
    expect(sizeOf(rank.stdout)).toBeGreaterThanOrEqual(windowBytes);
    expect(sizeOf(rank.stdout)).toBeLessThan(2 * windowBytes);
    expect(await hash(rank.stdout)).toBe(expected);
    expect(await end).toEqual({ exit: { exitCode: 0, signal: null } });
    expect(words).toBe("begun\nwritten\n");
  });

  it("gives up on output that something outside the rank's group holds open", async () => {
    const agent = await start(`
      const child = require("child_process").spawn("sleep", ["60"], { stdio: "inherit", detached: true });
      child.unref();
      child.on("spawn", () => { console.log(child.pid); process.exit(0); });
    `);
    const { rank, end } = startRank(agent);
    const pid = Number(await said(rank.stdout));
    expect(await end).toEqual({ exit: { exitCode: 0, signal: null } });
    const ends = Promise.all([once(rank.stdout, "close"), once(rank.stderr.resume(), "close")]);
    for (let asked = 0; asked < 2; asked += 1) {
      rank.abandon("stdout");
      rank.abandon("stderr");
    }
    await ends;
    process.kill(pid, "SIGKILL");
  });

  it("says why a process could not be started", async () => {
    const agent = await start("");
    const { rank, end } = startRank(agent, 0, { LARGE: "x".repeat(4 << 20) });
    expect(await end).toMatchObject({ unstarted: { code: "E2BIG" } });
    expect(rank.group.alive).toBe(false);
    expect(await read(rank.stdout)).toBe("");
  });

  it("leaves nothing when the connection is closed, not even what ignores SIGTERM", async () => {
    const agent = await start(`
      process.on("SIGTERM", () => {});
      const child = require("child_process").spawn(
        process.execPath,
        ["-e", 'process.on("SIGTERM", () => {}); console.log(process.pid); setInterval(() => {}, 1e6)'],
        { stdio: "inherit" },
      );
    `);
    const { rank, pid } = startRank(agent);
    const [parent, child] = [await pid, Number(await said(rank.stdout))];
    const agentPid = parentOf(parent);
    await agent.close();
    expect([parent, child, agentPid].filter(isAlive)).toEqual([]);
  });

  it("is lost with its ranks when it is killed, and they end too", async () => {
    const agent = await start(`${loyal} console.log("ready");`);
    const ranks = [startRank(agent, 0), startRank(agent, 1)];
    await Promise.all(ranks.map(({ rank }) => said(rank.stdout)));
    const pids = await Promise.all(ranks.map(({ pid }) => pid));
    process.kill(parentOf(pids[0] ?? 0), "SIGKILL");
    for (const { rank, end } of ranks) {
      expect(await end).toEqual({
        lost: "[host_lost] host host-b: the connection to its agent ended: sh was killed by SIGKILL",
      });
      expect(rank.group.alive).toBe(false);
      if (!rank.stdout.readableEnded) await once(rank.stdout.resume(), "close");
    }
    await Promise.all(pids.map(gone));
  });

  it("answers every probe of a link, also when it is killed meanwhile, and afterwards", async () => {
    const agent = await start(`${loyal} console.log("ready");`);
    const { rank, pid } = startRank(agent);
    await said(rank.stdout);
    const token = "0".repeat(32);
    const host = "127.0.0.1";
    const listening = await agent.probe({ kind: "listen", host, token });
    expect(listening).toEqual({ kind: "listening", port: expect.any(Number) });
    const port = listening.kind === "listening" ? listening.port : 0;
    const connect = { kind: "connect", host, port, token, withBandwidth: true } as const;
    expect(await agent.probe(connect)).toMatchObject({ kind: "measured" });
    const meanwhile = agent.probe(connect);
    process.kill(parentOf(await pid), "SIGKILL");
    const lost = { kind: "failed", code: "host_lost" };
    expect(await meanwhile).toMatchObject(lost);
    expect(await agent.probe(connect)).toMatchObject(lost);
    await gone(await pid);
  });

  it("that is told to end by a signal ends its ranks, and says so", async () => {
    const agent = await start(`console.log("ready"); setInterval(() => {}, 1e6);`);
    const { rank, pid, end } = startRank(agent);
    await said(rank.stdout);
    process.kill(parentOf(await pid), "SIGTERM");
    expect(await end).toEqual({
      lost:
        "[host_lost] host host-b: the connection to its agent ended: sh exited with 1\n" +
        "  kolo's agent: ended by SIGTERM",
    });
    await gone(await pid);
  });

  it("that is frozen is lost within the time of silence, and ends its ranks when it thaws", async () => {
    const agent = await start(`setInterval(() => {}, 1e6); console.log("ready");`, {
      prepare: { silenceMs: 1000 },
    });
    const { rank, pid, end } = startRank(agent);
    await said(rank.stdout);
    const [rankPid, agentPid] = [await pid, parentOf(await pid)];
    process.kill(agentPid, "SIGSTOP");
    expect(await end).toEqual({
      lost:
        "[host_lost] host host-b: the connection to its agent is lost: silent for 1 s, " +
        "as a host that is frozen or cut off from the network",
    });
    // It may be gone: what led to it was killed, which is the agent itself where there is no ssh.
    if (isAlive(agentPid)) process.kill(agentPid, "SIGCONT");
    await gone(agentPid);
    process.kill(-rankPid, "SIGKILL");
  });
});

describe("hosts that cannot run their ranks", () => {
  const refusal = async (...hosts: AgentOptions[]): Promise<string> => {
    const agents = startAgents(hosts);
    return agents.then(
      () => "none",
      (error: unknown) => (error as Error).message,
    );
  };

  it("are of another version of kolo", async () => {
    expect(await refusal(options("", { koloVersion: "1.3.0" }))).toBe(
      "[host_mismatch] host host-b: expected kolo 1.3.0 as here, got 1.2.3; install the same " +
        "version on both, or name the right folder with --wdir",
    );
  });

  it("lack what the job needs", async () => {
    const at = (changes: Partial<Parameters<typeof remoteShellLine>[0]>): Changes => {
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
    const agents = await startAgents(
      names.map((name) =>
        options("", { command: ["sh", "-c", `> ${name}; ${waits}; ${shellLine}`] }),
      ),
    );
    started.push(...agents);
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
