/**
 * tsrun is told to end while it waits for other hosts: a program called ssh stands in for the real one,
 * and leads to this machine, or nowhere.
 */
import { describe, expect, it } from "@jest/globals";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gone } from "./testing/processes.js";
import { temporaryFolder } from "./testing/temporary-folder.js";

const { folder, file } = temporaryFolder();

const preload = file("preload.js", "");
const script = file("script.cjs", "");
const module_ = (name: string): string => JSON.stringify(join(__dirname, name));
// The agent is looked for beside the preload.
file(
  "agent.js",
  `require("fs").writeFileSync(process.env.PIDS + "/agent", String(process.pid));
  require(${module_("agent/run-agent.js")}).runAgent({
    koloVersion: "1.2.3",
    preload: ${JSON.stringify(preload)},
    resolveTsx: () => "tsx",
  });`,
);
const main = `
  require(${module_("run.js")}).run(process.argv.slice(1), {
    program: "tsrun",
    preload: ${JSON.stringify(preload)},
    backendProbe: ${JSON.stringify(preload)},
    version: "1.2.3",
    resolveTsx: () => "tsx",
    directory: process.cwd(),
    environment: process.env,
    streams: { stdout: process.stdout, stderr: process.stderr },
  }).then((exitCode) => process.exit(exitCode));
`;

mkdirSync(join(folder, "bin"));
// The host that hangs has a child, as ssh has where it goes through another host.
chmodSync(
  file(
    "bin/ssh",
    `#!/bin/sh
for line; do :; done
case "$*" in
  *"-- hangs "*) sleep 600 & echo $! > "$PIDS/child"; echo $$ > "$PIDS/ssh"; wait;;
  *) exec sh -c "$line";;
esac
`,
  ),
  0o755,
);

let runs = 0;

/** Runs tsrun until all that leads to its hosts is there, ends it, and waits until nothing is left. */
async function interrupt(signal: NodeJS.Signals, ...argv: string[]) {
  runs += 1;
  const pids = join(folder, `pids-${runs}`);
  mkdirSync(pids);
  const child = spawn(process.execPath, ["-e", main, "--", ...argv], {
    cwd: folder,
    env: { ...process.env, PATH: `${join(folder, "bin")}:${process.env["PATH"]}`, PIDS: pids },
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  }
  const files = ["agent", "child", "ssh"].map((name) => join(pids, name));
  const pidIn = (path: string): number =>
    existsSync(path) ? Number(readFileSync(path, "utf8")) : 0;
  while (files.some((path) => pidIn(path) === 0)) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  child.kill(signal);
  const [exitCode] = (await once(child, "close")) as [number | null];
  // What was killed takes its time to go.
  await Promise.all(files.map(pidIn).map(gone));
  return { exitCode, said };
}

describe("tsrun that is told to end while it waits for hosts leaves nothing", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("on %s", async (signal, exitCode) => {
    expect(await interrupt(signal, "-H", "answers,hangs", "--backend", "cpu", script)).toEqual({
      exitCode,
      said: `tsrun: ended by ${signal}\n`,
    });
  });

  it("as doctor", async () => {
    expect(await interrupt("SIGINT", "doctor", "-H", "answers,hangs")).toEqual({
      exitCode: 130,
      said: "tsrun: ended by SIGINT\n",
    });
  });
});
