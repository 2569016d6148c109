/**
 * Which backends work in a folder, and which one `auto` would take. Each is tried as a rank would, in
 * a process of its own and for a limited time: an addon that crashes or hangs is a finding.
 */
import {
  type BackendName,
  backendNames,
  backendPackages,
  backendRemedies,
  type BackendTrial,
} from "@kolo/core";
import { findPackage } from "./find-package.js";
import { runProbe } from "./run-probe.js";
import { type Finding } from "./table.js";

/** Loading TensorFlow takes a second, from a cold disk many. */
const probeTimeoutMs = 60_000;

export interface BackendCheck {
  readonly directory: string;
  /** Absolute path of the script that tries a backend and prints a BackendTrial. */
  readonly backendProbe: string;
}

export async function backendFindings(check: BackendCheck): Promise<readonly Finding[]> {
  const trials = await Promise.all(
    backendNames.map(async (name) => [name, await tryBackend(name, check)] as const),
  );
  const best = trials.find(([, { works }]) => works)?.[0];
  const auto = best === undefined ? "nothing works, not even cpu" : `takes ${best}`;
  return [
    { name: "backend auto", ok: best !== undefined, detail: auto, required: false },
    ...trials.map(([name, trial]) => findingOf(name, trial)),
  ];
}

function findingOf(name: BackendName, { works, detail, remedy }: BackendTrial): Finding {
  const advice = works ? "" : `; ${remedy ?? backendRemedies[name]}`;
  return { name: `backend ${name}`, ok: works, detail: `${detail}${advice}`, required: false };
}

async function tryBackend(name: BackendName, check: BackendCheck): Promise<BackendTrial> {
  const { directory, backendProbe } = check;
  // The plain package's name is served by -gpu too, so a rank looks for both; a process is not free.
  const packages = name === "tensorflow" ? [name, "tensorflow-gpu" as const] : [name];
  if (!packages.some((one) => findPackage(backendPackages[one], directory) !== undefined)) {
    return { works: false, detail: "not installed" };
  }
  if (name === "cpu") return { works: true, detail: "plain JavaScript, slow" };
  const probe = await runProbe(process.execPath, [backendProbe, name], {
    timeoutMs: probeTimeoutMs,
    directory,
  });
  const trial = probe.ok ? trialIn(probe.output) : undefined;
  const detail = probe.ok
    ? "installed, but its trial said nothing"
    : `installed, but ${probe.reason.replace(process.execPath, "its process")}`;
  return trial ?? { works: false, detail };
}

/** An addon may print as well; the trial is a line that begins as JSON does. */
function trialIn(output: string): BackendTrial | undefined {
  const line = output.split("\n").find((one) => one.startsWith('{"works":'));
  return line === undefined ? undefined : (JSON.parse(line) as BackendTrial);
}
