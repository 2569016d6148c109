/** The agent as a real process, and a tsrun that misbehaves towards it. */
import { afterEach, describe, expect, it } from "@jest/globals";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Readable, type Writable } from "node:stream";
import { isAlive } from "../testing/processes.js";
import { encodeFrame, type Frame, FrameReader, type NoticeKind, notices } from "./frame.js";
import { GreetingFinder } from "./greeting.js";
import { encodeJson, type Prepare, type SpawnOrder } from "./messages.js";
import { temporaryFolder } from "../testing/temporary-folder.js";

const { folder } = temporaryFolder();

const preload = join(folder, "preload.cjs");
writeFileSync(preload, "");
const script = join(folder, "script.cjs");
writeFileSync(script, `process.on("SIGTERM", () => {}); setInterval(() => {}, 1e6);`);
const program = `require(${JSON.stringify(join(__dirname, "run-agent.js"))}).runAgent({
  koloVersion: "1.2.3", preload: ${JSON.stringify(preload)}, resolveTsx: () => "",
})`;

const running: Agent[] = [];
afterEach(() => {
  for (const { process: agent } of running.splice(0)) agent.kill("SIGKILL");
});
interface Agent {
  readonly process: ChildProcessByStdio<Writable, Readable, Readable>;
  /** The next frame of this kind. */
  readonly next: (kind: NoticeKind) => Promise<Frame<NoticeKind>>;
  /** Exit code and standard error, once it is gone. */
  readonly end: Promise<{ readonly exitCode: number | null; readonly words: string }>;
}

function start(): Agent {
  const child = spawn(process.execPath, ["-e", program], { stdio: ["pipe", "pipe", "pipe"] });
  const finder = new GreetingFinder();
  const reader = new FrameReader(notices);
  const frames: Frame<NoticeKind>[] = [];
  let told = (): void => undefined;
  child.stdin.on("error", () => undefined);
  child.stdout.on("data", (chunk: Buffer) => {
    frames.push(...reader.push(finder.push(chunk) ?? Buffer.alloc(0)));
    told();
  });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (words += text));
  const end = once(child, "close").then(([exitCode]) => ({
    exitCode: exitCode as number | null,
    words,
  }));
  const next: Agent["next"] = async (kind) => {
    for (;;) {
      const frame = frames.find((one) => one.kind === kind);
      if (frame !== undefined) return frame;
      await new Promise<void>((resolve) => (told = resolve));
    }
  };
  const agent = { process: child, next, end };
  running.push(agent);
  return agent;
}

/** Starts a rank; its process id. */
async function withRank({ process: { stdin }, next }: Agent, silenceMs: number): Promise<number> {
  const job: Prepare = {
    directory: folder,
    script,
    scriptArguments: [],
    wantsGpus: false,
    silenceMs,
  };
  const order: SpawnOrder = { nodeFlags: [], environment: {}, launch: { token: "x".repeat(16) } };
  stdin.write(encodeFrame("prepare", 0, encodeJson(job)));
  await next("ready");
  stdin.write(encodeFrame("spawn", 3, encodeJson(order)));
  const { payload, rank } = await next("started");
  expect(rank).toBe(3);
  return (JSON.parse(payload.toString()) as { pid: number }).pid;
}

describe("the agent", () => {
  it("ends its ranks and itself when its input ends", async () => {
    const agent = start();
    const pid = await withRank(agent, 30_000);
    agent.process.stdin.end();
    expect(await agent.end).toEqual({ exitCode: 0, words: "" });
    expect(isAlive(pid)).toBe(false);
  });

  it("does so when tsrun is silent, though the connection seems to stand", async () => {
    const agent = start();
    const pid = await withRank(agent, 1000);
    expect(await agent.end).toEqual({
      exitCode: 1,
      words: "kolo's agent: tsrun has been silent for 1 s; ending this host's ranks\n",
    });
    expect(isAlive(pid)).toBe(false);
  });

  it.each([
    ["garbage", Buffer.from("GET / HTTP/1.1\r\n\r\n"), "expected a frame"],
    ["a spawn of a rank that is there", encodeFrame("spawn", 3, Buffer.from("{}")), "no frame of"],
    ["JSON that is none", encodeFrame("spawn", 4, Buffer.from("{")), "expected JSON"],
    ["credit without a number", encodeFrame("credit", 3, Buffer.of(0)), "a number of bytes"],
    ["an unknown stream", encodeFrame("abandon", 3, Buffer.of(9)), "to name a stream"],
  ])("does so when it gets %s", async (_what, bytes, reason) => {
    const agent = start();
    const pid = await withRank(agent, 30_000);
    agent.process.stdin.write(bytes);
    const { exitCode, words } = await agent.end;
    expect(exitCode).toBe(1);
    expect(words).toContain(reason);
    expect(isAlive(pid)).toBe(false);
  });
});
