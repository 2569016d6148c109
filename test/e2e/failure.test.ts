import { describe, expect, it } from "@jest/globals";
import { createGrpcTransport, createTcpTransport } from "@kolo/transport";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  fixture,
  type RunningTsrun,
  startTsrun,
  tsrun,
  type TsrunResult,
} from "../support/tsrun.js";

const faults = (...args: string[]): string[] => [
  "--backend",
  "cpu",
  fixture("faults.mts"),
  ...args,
];

/** The root cause: printed once, by tsrun, and nothing after it. */
function expectCause({ stderr }: TsrunResult, message: RegExp): void {
  const causes = stderr.match(/^tsrun: .*/gm) ?? [];
  expect(causes.filter((line) => message.test(line))).toHaveLength(1);
  expect(lastMessage(stderr)).toMatch(message);
}

/** What tsrun said last, with what belongs to it, to the end of the output. */
function lastMessage(stderr: string): string {
  return stderr.split(/^(?=tsrun: )/m).at(-1) ?? "";
}

async function pidOf(run: RunningTsrun, rank: number): Promise<number> {
  let text = "";
  run.child.stdout?.on("data", (chunk: string) => (text += chunk));
  await run.printed(`rank ${rank} is pid`);
  return Number(new RegExp(`rank ${rank} is pid (\\d+)`).exec(text)?.[1]);
}

describe("a job in which a rank fails", () => {
  it.each([
    ["throws", 1, /rank 1 .*boom in the middle of training/],
    ["rejects", 1, /rank 1 .*a promise nobody caught/],
    ["exits", 3, /rank 1 .*exited with code 3/],
  ])("ends with the cause, once, when a rank %s", async (scenario, code, message) => {
    const result = await tsrun(["-np", "4", ...faults(scenario)]);
    expectCause(result, message);
    expect(result).toMatchObject({ code, left: [] });
    expect(result.stderr.match(new RegExp(message, "g"))).toHaveLength(1);
    expect(result.stderr.match(/^.* failed: /gm)).toHaveLength(1);
  });

  it("shows where a syntax error stands, in what a script imports too", async () => {
    const folder = mkdtempSync(join(tmpdir(), "kolo-syntax-"));
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const wrong = "const a = 1;\nconst b = ;\n";
    const scripts = [write("bad.cjs", wrong), write("bad.mjs", wrong)];
    for (const script of scripts) {
      const result = await tsrun(["-np", "2", script]);
      expect(result).toMatchObject({ code: 1, left: [] });
      expect(lastMessage(result.stderr)).toContain(`${script}:2\n    const b = ;\n`);
      expect(result.stderr.match(/const b = ;/g)).toHaveLength(1);
    }
    const imports = [
      write("requires.cjs", 'require("./bad.cjs");'),
      write("imports.mjs", 'import "./bad.mjs";'),
    ];
    for (const script of imports) {
      const result = await tsrun(["-np", "2", script]);
      expect(result.code).toBe(1);
      expect(result.stderr).toMatch(/bad\.[cm]js:2\n/);
      expectCause(result, /SyntaxError: Unexpected token ';'/);
    }
    rmSync(folder, { recursive: true });
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends everything on %s, blocked ranks too", async (signal, code) => {
    for (const scenario of ["runs", "spins"]) {
      const run = startTsrun(["-np", "2", ...faults(scenario)]);
      await run.printed(scenario === "runs" ? "rank 1 is pid" : "rank 1 spins");
      const sentMs = performance.now();
      run.child.kill(signal);
      expect(await run.done).toMatchObject({ code, left: [] });
      expect(performance.now() - sentMs).toBeLessThan(5000);
    }
  });

  it.each(["runs", "spins"])(
    "leaves no rank alive 5 s after tsrun was killed while a rank %s",
    async (scenario) => {
      const run = startTsrun(["-np", "3", ...faults(scenario)]);
      await run.printed(scenario === "runs" ? "rank 1 is pid" : "rank 1 spins");
      run.child.kill("SIGKILL");
      expect((await run.done).left).toEqual([]);
    },
  );

  it("warns of a rank that does not come to shutdown, and then ends", async () => {
    const limits = ["--stall-warning", "1", "--stall-timeout", "3"];
    const result = await tsrun(["-np", "3", ...limits, ...faults("stays-behind")]);
    const sentence =
      /kolo\.shutdown\(\).*ranks 0 and 2 wait in it, rank 1 is not there; rank 1 last/;
    expect(result.stderr).toMatch(new RegExp(`tsrun: warning: ${sentence.source}`));
    expectCause(result, new RegExp(`\\[stalled\\] ${sentence.source} .*"together"`));
    expect(result).toMatchObject({ code: 1, left: [] });
  });

  it.each([
    ["ends-last", []],
    ["is-left-alone", ["rank 1 reports: [peer_lost]"]],
  ])("lets a rank end after the others, without shutdown: %s", async (scenario, signs) => {
    const run = startTsrun(["-np", "3", "--verbose", ...faults(scenario)]);
    const pid = pidOf(run, 1);
    const ended = ["the process of rank 0 exited", "the process of rank 2 exited"];
    for (const sign of [...ended, ...signs]) await run.printed(sign);
    process.kill(await pid, "SIGUSR2");
    expect(await run.done).toMatchObject({ code: 0, left: [] });
  });

  it.each([
    ["grpc", createGrpcTransport],
    ["tcp", createTcpTransport],
  ])("says who pulls gradients over %s without the token, and goes on", async (name, create) => {
    const run = startTsrun(["-np", "2", "--verbose", "--transport", name, ...faults("runs")]);
    await run.printed("rank 1 is pid");
    const address = /rank 0 joined \(process \d+ on .*, (\S+)\)/;
    const stranger = create({
      ...{ rank: 1, size: 2, generation: 1, segmentBytes: 1024 },
      token: "not the token of this job",
    });
    stranger.setPeers([address.exec(run.stderr())?.[1] ?? "", ""]);
    const refused = new Promise((_resolve, fail) => {
      stranger.dial(0, {
        accept: () => true,
        fail: (_peer, error) => {
          fail(error);
        },
      });
    });
    await expect(refused).rejects.toMatchObject({ code: "unauthenticated" });
    await run.printed("token of the job");
    await stranger.close();
    run.child.kill("SIGTERM");
    expect(await run.done).toMatchObject({ code: 143, left: [] });
  });

  it("notices that the communication thread died while the main thread was blocked", async () => {
    const result = await tsrun(["-np", "3", ...faults("thread-dies")], {
      env: { NODE_OPTIONS: `--require ${fixture("capture-workers.cjs")}` },
    });
    expectCause(result, /rank 1 .*communication_thread_lost/);
    expect(result).toMatchObject({ code: 1, left: [] });
  });

  it("is none where ranks end while their links are still being opened, on a busy machine", async () => {
    // Several at a time, because what could go wrong there seldom did.
    const jobs = async (): Promise<void> => {
      for (let i = 0; i < 5; i++) {
        const result = await tsrun(["-np", "4", "--quiet", fixture("shortest.mjs")]);
        expect(result).toMatchObject({ code: 0, stderr: "", left: [] });
      }
    };
    await Promise.all([jobs(), jobs(), jobs()]);
  });

  it("completes what was called before shutdown, also where it is awaited after", async () => {
    const { code, stdout } = await tsrun(["-np", "3", "--quiet", ...faults("awaits-late")]);
    expect(code).toBe(0);
    expect(stdout.match(/gathered \[0,1,2\]/g)).toHaveLength(3);
  });

  it("refuses a collective in an exit handler instead of waiting for ever", async () => {
    const result = await tsrun(["-np", "2", ...faults("reduces-at-exit")]);
    expectCause(result, /not_initialized/);
    expect(result.left).toEqual([]);
  });

  it("names the tensor and the ranks when parameters differ", async () => {
    const result = await tsrun(["-np", "3", ...faults("differs-in-parameters")]);
    expectCause(result, /manifest_mismatch/);
    expect(result.stderr).toMatch(/head\/kernel/);
    expect(result.stderr).toMatch(/rank 1/);
    expect(result).toMatchObject({ code: 1, left: [] });
  });
});

describe.each([
  ["shm", "one host", {}],
  ["grpc", "one host", {}],
  ["tcp", "one host", {}],
  ["shm", "two hosts", { 3: "2,1", 4: "2,2" }],
])("a world that talks by %s on %s", (transport, _, hosts: Record<number, string>) => {
  const on = (size: number) => ({ env: { KOLO_PRETEND_HOSTS: hosts[size] ?? "" } });
  const over = ["--transport", transport];

  it.each([
    ["SIGKILL", 137],
    ["SIGSEGV", 139],
  ] as const)("ends within 5 s with 128+n when a rank dies by %s", async (signal, code) => {
    const run = startTsrun(["-np", "4", ...over, ...faults("runs")], on(4));
    const pid = await pidOf(run, 2);
    const killedMs = performance.now();
    process.kill(pid, signal);
    const result = await run.done;
    expect(performance.now() - killedMs).toBeLessThan(5000);
    expectCause(result, new RegExp(`rank 2 .*${signal}`));
    expect(result).toMatchObject({ code, left: [] });
  });

  it("warns of a rank that stays away, and then ends with what each did last", async () => {
    const limits = ["--stall-warning", "1", "--stall-timeout", "3"];
    const result = await tsrun(["-np", "3", ...limits, ...over, ...faults("stays-away")], on(3));
    const sentence = /"lonely".*ranks 0 and 2 are in it, rank 1 is not.*rank 1 last .*"together"/;
    expect(result.stderr).toMatch(new RegExp(`tsrun: warning: .*${sentence.source}`));
    expectCause(result, new RegExp(`\\[stalled\\] .*${sentence.source}`));
    expect(result).toMatchObject({ code: 1, left: [] });
  });

  it.each(["leaves", "ends"])("says so when a rank %s while others need it", async (scenario) => {
    const result = await tsrun(["-np", "3", ...over, ...faults(scenario)], on(3));
    expectCause(result, /rank 1 .*finished|rank_finished_early/);
    expect(result.stderr).toMatch(/needs everybody/);
    expect(result.code).not.toBe(0);
    expect(result.left).toEqual([]);
  });

  it.each([
    ["name", /"ours"/, /"theirs"/],
    ["shape", /float32\[4\]/, /float32\[2,2\]/],
    ["dtype", /float32\[4\]/, /int32\[4\]/],
    ["op", /sum/, /max/],
    ["order", /"a"/, /"b"/],
    ["kind", /allReduce "x"/, /broadcast "x"/],
    ["root", /from rank 0/, /from rank 1/],
    ["steps", /gradients/, /stop/],
  ])("names both sides when ranks differ in %s", async (what, ours, theirs) => {
    const result = await tsrun(["-np", "3", ...over, ...faults(`differs-in-${what}`)], on(3));
    expectCause(result, /operation_mismatch/);
    const cause = lastMessage(result.stderr);
    expect(cause).toMatch(ours);
    expect(cause).toMatch(theirs);
    expect(result).toMatchObject({ code: 1, left: [] });
  });
});

describe("a job on several hosts", () => {
  it.each([
    ["alone on its host", 3],
    ["without a link to another host", 2],
    ["that links its host to the other", 0],
  ])("ends within 5 s when a rank dies amid a large all-reduce, one %s", async (_, victim) => {
    const hosts = { env: { KOLO_PRETEND_HOSTS: "3,1" } };
    const run = startTsrun(["-np", "4", "--transport", "shm+tcp", ...faults("carries")], hosts);
    const pid = await pidOf(run, victim);
    const killedMs = performance.now();
    process.kill(pid, "SIGKILL");
    const result = await run.done;
    expect(performance.now() - killedMs).toBeLessThan(5000);
    expectCause(result, new RegExp(`rank ${victim} .*SIGKILL`));
    expect(result).toMatchObject({ code: 137, left: [] });
  });

  it.each(["name", "order", "kind", "root", "steps"])(
    "names both sides when all ranks of a host differ in %s from the others",
    async (what) => {
      // Rank 2 is alone on its host, where nobody else could notice.
      const hosts = { env: { KOLO_PRETEND_HOSTS: "2,1" } };
      const result = await tsrun(["-np", "3", ...faults(`differs-in-${what}`, "2")], hosts);
      expectCause(result, /operation_mismatch.*rank 2 is in/);
      expect(result).toMatchObject({ code: 1, left: [] });
    },
  );
});
