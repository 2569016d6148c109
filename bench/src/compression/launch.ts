/** Trains once, on ranks of which none shares memory with another, as if each were a host. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { np, type TrainingPlan, type TrainingResult } from "./training.js";

const tsrun = join(__dirname, "../../../node_modules/.bin/tsrun");
const timeoutMs = 60 * 60_000;

export function launch(plan: TrainingPlan, seed: number): TrainingResult {
  const flags = ["--quiet", "--backend", "wasm", "--transport", "tcp", "--seed", String(seed)];
  const script = [join(__dirname, "compression-rank.js"), JSON.stringify(plan)];
  const args = ["-np", String(np), ...flags, ...script];
  const { status, signal, stdout, error } = spawnSync(tsrun, args, {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    timeout: timeoutMs,
  });
  const line = stdout.split("\n").find((one) => one.startsWith("{"));
  if (error !== undefined || status !== 0 || line === undefined) {
    const end = error?.message ?? `ended by ${signal ?? `exit code ${String(status)}`}`;
    throw new Error(`a training failed: ${end}\n  ${[tsrun, ...args].join(" ")}`);
  }
  return JSON.parse(line) as TrainingResult;
}
