/** The agent of a host (agent/serve-job.ts): bundled as lib/agent.js, and started there over ssh. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runAgent } from "./agent/run-agent.js";

const { version } = JSON.parse(readFileSync(join(__dirname, "../package.json"), "utf8")) as {
  version: string;
};

runAgent({
  koloVersion: version,
  preload: join(__dirname, "preload.js"),
  resolveTsx: () => require.resolve("tsx"),
});
