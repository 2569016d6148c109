/** The command `tsrun`: bundled as lib/tsrun.js, beside what it starts. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./run.js";

const { version } = JSON.parse(readFileSync(join(__dirname, "../package.json"), "utf8")) as {
  version: string;
};

void run(process.argv.slice(2), {
  program: __filename,
  preload: join(__dirname, "preload.js"),
  backendProbe: join(__dirname, "probe-backend.js"),
  version,
  resolveTsx: () => require.resolve("tsx"),
  directory: process.cwd(),
  environment: process.env,
  streams: { stdout: process.stdout, stderr: process.stderr },
}).then((exitCode) => {
  process.exit(exitCode);
});
