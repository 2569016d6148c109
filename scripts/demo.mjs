/** `npm run demo`: four ranks train on the 60,000 images of MNIST. More arguments reach the example. */
import { fileURLToPath } from "node:url";
import { spawnSync } from "node:child_process";

const root = fileURLToPath(new URL("..", import.meta.url));
const { status, signal } = spawnSync(
  `${root}node_modules/.bin/tsrun`,
  ["-np", "4", "examples/mnist.ts", ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit" },
);
process.exitCode = status ?? (signal === null ? 1 : 130);
