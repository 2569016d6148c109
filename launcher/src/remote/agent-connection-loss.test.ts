/** What becomes of a connection to an agent where ssh, the host or tsrun itself goes away early. */
import { expect, it } from "@jest/globals";
import { systemClock } from "@kolo/core";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { type RankProcess } from "../ranks/spawn-rank.js";
import { type AgentOptions, connectAgent } from "./agent-connection.js";
import { temporaryFolder } from "../testing/temporary-folder.js";

const { folder, file } = temporaryFolder();

const script = file("script.cjs", "");
const pidFile = join(folder, "agent.pid");
const agentFile = file(
  "agent.cjs",
  `require("fs").writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));
  require(${JSON.stringify(join(__dirname, "../agent/run-agent.js"))}).runAgent({
    koloVersion: "1.2.3",
    preload: ${JSON.stringify(script)},
    resolveTsx: () => "tsx",
  });`,
);

function options(changes: Partial<AgentOptions> = {}): AgentOptions {
  return {
    host: "host-b",
    command: [process.execPath, agentFile],
    environment: process.env,
    koloVersion: "1.2.3",
    clock: systemClock,
    timeoutMs: 30_000,
    prepare: {
      directory: folder,
      script,
      scriptArguments: [],
      wantsGpus: false,
      silenceMs: 30_000,
    },
    ...changes,
  };
}

it("too few file descriptors for all hosts are said host by host", async () => {
  const main = `
    require(${JSON.stringify(join(__dirname, "start-agents.js"))}).startAgents(
      Array.from({ length: 30 }, (_, i) => ({
        ...JSON.parse(process.argv[1]),
        host: "host-" + i,
        clock: require(${JSON.stringify(require.resolve("@kolo/core"))}).systemClock,
      })),
    ).catch((error) => console.log(error.message)).finally(() => process.exit());`;
  const sleeping = options({ command: ["sleep", "60"], timeoutMs: 500 });
  const limited = ["-c", 'ulimit -n 60; exec "$@"', "sh", process.execPath, "-e", main];
  const { stdout, stderr } = await promisify(execFile)("sh", [
    ...limited,
    JSON.stringify(sleeping),
  ]);
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^\[host_unreachable\] 30 of 30 hosts cannot run their ranks\n/);
  expect(stdout).toMatch(
    /\n {2}host host-29: no agent there: sleep could not be started: spawn sleep EMFILE; fewer hosts, or higher limits \(ulimit -u, ulimit -n\), may help\n/,
  );
});

it("a rank that starts after its host was lost is lost as well, and its output ends", async () => {
  const agent = await connectAgent(options());
  process.kill(Number(readFileSync(pidFile, "utf8")), "SIGKILL");
  const probe = { kind: "listen", host: "127.0.0.1", token: "0".repeat(32) } as const;
  expect(await agent.probe(probe)).toMatchObject({ kind: "failed", code: "host_lost" });

  let rank: RankProcess | undefined;
  const why = await new Promise<string>((resolve, reject) => {
    const never = (): void => {
      reject(new Error("expected the rank to be lost"));
    };
    rank = agent.startRank(
      0,
      { nodeFlags: [], environment: {}, launch: { token: "a-token-of-the-job-0123456789" } },
      {
        onStart: never,
        onReport: never,
        onTimeline: never,
        onExit: never,
        onSpawnError: never,
        onLost: ({ message }) => {
          // Only once whoever starts it knows it.
          expect(rank).toBeDefined();
          resolve(message);
        },
      },
    );
  });
  expect(why).toBe(
    "[host_lost] host host-b: the connection to its agent ended: node was killed by SIGKILL",
  );
  expect(rank?.group.alive).toBe(false);
  for (const stream of [rank?.stdout, rank?.stderr]) {
    expect(stream && (await text(stream))).toBe("");
  }
  await agent.close();
});
