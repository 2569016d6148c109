/** Runs one contender in processes of its own, to its end, and reads what it measured. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Contender, nameOf } from "./contender.js";
import { type Measurement, type MeasuringPlan } from "./measurement.js";

export interface LaunchSettings {
  readonly plan: MeasuringPlan;
  readonly python: string;
  /** Asks for rank 0's profile; kolo only. */
  readonly profile?: boolean;
}

const tsrun = join(__dirname, "../../../node_modules/.bin/tsrun");
const torchScript = join(__dirname, "../../peers/torch_cnn.py");
const timeoutMs = 10 * 60_000;

export function launch(contender: Contender, settings: LaunchSettings): Measurement {
  const [program, ...args] = commandOf(contender, settings);
  const { status, signal, stdout, error } = spawnSync(program, args, {
    stdio: ["ignore", "pipe", "inherit"],
    encoding: "utf8",
    timeout: timeoutMs,
    // PyTorch's native threads as ours: one a rank.
    env: contender.impl === "torch" ? { ...process.env, OMP_NUM_THREADS: "1" } : process.env,
  });
  const line = stdout.split("\n").find((one) => one.startsWith("{"));
  if (error !== undefined || status !== 0 || line === undefined) {
    const end = error?.message ?? `ended by ${signal ?? `exit code ${String(status)}`}`;
    throw new Error(`${nameOf(contender)} failed: ${end}\n  ${[program, ...args].join(" ")}`);
  }
  return JSON.parse(line) as Measurement;
}

function commandOf(
  { impl, backend, np }: Contender,
  { plan, python, profile = false }: LaunchSettings,
): [string, ...string[]] {
  const planJson = JSON.stringify(plan);
  switch (impl) {
    case "kolo": {
      const script = [join(__dirname, "kolo-rank.js"), planJson, ...(profile ? ["profile"] : [])];
      return [tsrun, "-np", String(np), "--quiet", "--backend", backend, ...script];
    }
    case "torch":
      return [python, torchScript, String(np), planJson];
    case "tfjs":
      return [process.execPath, join(__dirname, "tfjs-alone.js"), planJson];
  }
}
