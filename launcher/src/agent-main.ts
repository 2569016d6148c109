/** The agent of a host (agent/serve-job.ts): bundled as lib/agent.js, and started there over ssh. */
import { systemClock } from "@kolo/core";
import { readFileSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import { serveJob } from "./agent/serve-job.js";
import { onEndingSignals } from "./job/signals.js";

const { version } = JSON.parse(readFileSync(join(__dirname, "../package.json"), "utf8")) as {
  version: string;
};

const agent = serveJob({
  input: process.stdin,
  // process.stdout would block in writing to a pipe, and hear nothing meanwhile.
  output: new Socket({ fd: 1, readable: false, writable: true }),
  clock: systemClock,
  koloVersion: version,
  preload: join(__dirname, "preload.js"),
  resolveTsx: () => require.resolve("tsx"),
  environment: process.env,
  onOver: (reason) => {
    clearInterval(keepAlive);
    // Where ssh is gone, nobody reads it: that must not matter.
    process.stderr.on("error", () => undefined);
    if (reason !== undefined) process.stderr.write(`kolo's agent: ${reason}\n`);
    process.exit(reason === undefined ? 0 : 1);
  },
});
// The clock's timers alone would let Node end while ranks are being ended.
const keepAlive = setInterval(() => undefined, 2 ** 30);
// A bug of its own included.
process.on("exit", agent.kill);
onEndingSignals((signal) => {
  agent.end(`ended by ${signal}`);
});
