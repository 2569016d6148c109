/** Trains once, on ranks of which none shares memory with another, as if each were a host. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { np, type TrainingPlan, type TrainingResult } from "./training.js";

const tsrun = join(__dirname, "../../../node_modules/.bin/tsrun");
const timeoutMs = 60 * 60_000;
const run = promisify(execFile);

export async function launch(plan: TrainingPlan, seed: number): Promise<TrainingResult> {
  const flags = ["--quiet", "--backend", "wasm", "--transport", "tcp", "--seed", String(seed)];
  const script = [join(__dirname, "compression-rank.js"), JSON.stringify(plan)];
  const args = ["-np", String(np), ...flags, ...script];
  // Rejects, with what was said on stderr, where it fails.
  const { stdout } = await run(tsrun, args, { timeout: timeoutMs });
  const line = stdout.split("\n").find((one) => one.startsWith("{"));
  if (line === undefined) throw new Error(`expected a line of JSON from tsrun, got "${stdout}"`);
  return JSON.parse(line) as TrainingResult;
}
