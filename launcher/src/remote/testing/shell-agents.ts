/** Agents that are real processes, started by a shell instead of by ssh. */
import { afterEach } from "@jest/globals";
import { systemClock } from "@kolo/core";
import { join } from "node:path";
import { type RankExit, type RankProcess } from "../../ranks/spawn-rank.js";
import { type SpawnError } from "../../ranks/start-rank.js";
import { remoteShellLine } from "../../ssh/remote-shell-line.js";
import { type AgentConnection, type AgentOptions } from "../agent-connection.js";
import { startAgents } from "../start-agents.js";
import { temporaryFolder } from "../../testing/temporary-folder.js";

/** What a rank with kolo's preload does: end when its control pipe does. */
export const loyal = `new (require("net").Socket)({ fd: 3 }).on("end", () => process.exit(9)).resume();`;
export const token = "a-token-of-the-job-0123456789";

export type AgentChanges = Partial<Omit<AgentOptions, "prepare">> & {
  readonly prepare?: Partial<AgentOptions["prepare"]>;
};

export interface ShellAgents {
  /** Where everything is; removed after the file's last test. */
  readonly folder: string;
  readonly agentFile: string;
  /** Starts the agent. */
  readonly shellLine: string;
  /** For an agent whose ranks run this code. */
  readonly options: (code: string, changes?: AgentChanges) => AgentOptions;
  readonly start: (code: string, changes?: AgentChanges) => Promise<AgentConnection>;
  /** They are closed after the test. */
  readonly startAll: (all: readonly AgentOptions[]) => Promise<readonly AgentConnection[]>;
}

/** For one test file. */
export function shellAgents(): ShellAgents {
  const { folder, file } = temporaryFolder();

  const started: AgentConnection[] = [];
  afterEach(async () => {
    await Promise.all(started.splice(0).map((agent) => agent.close()));
  });
  const agentFile = file(
    "agent.cjs",
    `require(${JSON.stringify(join(__dirname, "../../agent/run-agent.js"))}).runAgent({
      koloVersion: "1.2.3",
      preload: ${JSON.stringify(file("preload.cjs", ""))},
      resolveTsx: () => { throw new Error("Cannot find module 'tsx'\\nRequire stack"); },
    });`,
  );
  const program = { directory: folder, nodes: [process.execPath], agent: agentFile };
  const shellLine = remoteShellLine(program);
  let scripts = 0;
  const options = (code: string, changes: AgentChanges = {}): AgentOptions => ({
    host: "host-b",
    command: ["sh", "-c", shellLine],
    environment: process.env,
    koloVersion: "1.2.3",
    clock: systemClock,
    timeoutMs: 30_000,
    ...changes,
    prepare: {
      directory: folder,
      script: file(`script-${++scripts}.cjs`, code),
      scriptArguments: [],
      wantsGpus: false,
      silenceMs: 30_000,
      ...changes.prepare,
    },
  });
  const startAll: ShellAgents["startAll"] = async (all) => {
    const agents = await startAgents(all);
    started.push(...agents);
    return agents;
  };
  const start: ShellAgents["start"] = async (code, changes) => {
    const [agent] = await startAll([options(code, changes)]);
    if (agent === undefined) throw new Error("expected an agent");
    return agent;
  };
  return { folder, agentFile, shellLine, options, start, startAll };
}

export interface Running {
  readonly rank: RankProcess;
  readonly pid: Promise<number>;
  /** How it ended: an exit, a reason for no process, or the loss of its host. */
  readonly end: Promise<
    { readonly exit: RankExit } | { readonly unstarted: SpawnError } | { readonly lost: string }
  >;
  readonly reports: string[];
}

export function startRank(agent: AgentConnection, rank = 0, environment = {}): Running {
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
