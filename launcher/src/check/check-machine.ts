/** `tsrun check`: what this machine and this folder offer, and for each no, why and what to do. */
import { trySharing } from "@kolo/shared-memory";
import { availableParallelism, totalmem } from "node:os";
import { listGpus } from "../gpus/list-gpus.js";
import { messageOf } from "../report/message-of.js";
import { bytesText } from "../report/summary.js";
import { type BackendCheck, backendFindings } from "./backend-findings.js";
import { findPackage } from "./find-package.js";
import { runProbe } from "./run-probe.js";
import { allRequired, type Finding, table } from "./table.js";

export interface CheckOptions extends BackendCheck {
  readonly version: string;
}

export interface CheckResult {
  readonly text: string;
  /** Nothing that is required is missing. */
  readonly ok: boolean;
}

export async function checkMachine(options: CheckOptions): Promise<CheckResult> {
  const { directory, version } = options;
  const [backends, ...probes] = await Promise.all([
    backendFindings(options),
    sshFinding(),
    gpuFinding(),
  ]);
  const findings = [
    { name: "kolo", ok: true, detail: version, required: false },
    nodeFinding(process.versions.node),
    tfjsFinding(directory),
    ...backends,
    ...probes,
    sharedMemoryFinding(),
    {
      name: "cores",
      ok: true,
      detail: `${availableParallelism()} usable; ranks on this machine share them`,
      required: false,
    },
    { name: "memory", ok: true, detail: bytesText(totalmem()), required: false },
  ];
  return { text: table(findings), ok: allRequired(findings) };
}

export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const ok = major > 20 || (major === 20 && minor >= 11);
  const detail = ok ? `v${version}` : `v${version} is too old; install Node 20.11 or later`;
  return { name: "node", ok, detail, required: true };
}

export function tfjsFinding(directory: string): Finding {
  const name = "tfjs";
  const found = findPackage("@tensorflow/tfjs", directory);
  if (found === undefined) {
    const detail = `not found from ${directory}; npm install @tensorflow/tfjs`;
    return { name, ok: false, detail, required: true };
  }
  const ok = found.version.startsWith("4.");
  const where = `${found.version} in ${found.directory}`;
  const detail = ok ? where : `${where}; kolo works with 4.x: npm install @tensorflow/tfjs@4`;
  return { name, ok, detail, required: true };
}

async function sshFinding(): Promise<Finding> {
  const probe = await runProbe("ssh", ["-V"]);
  const detail = probe.ok ? probe.output : `${probe.reason}; install an OpenSSH client`;
  return { name: "ssh", ok: probe.ok, detail, required: false };
}

async function gpuFinding(): Promise<Finding> {
  const list = await listGpus();
  const gpus = list.ok ? list.gpus : [];
  const reason = list.ok ? "nvidia-smi lists none" : list.reason;
  const ok = gpus.length > 0;
  const detail = ok
    ? gpus.map(({ index, model }) => `${index}: ${model}`).join(", ")
    : `${reason}; needs an NVIDIA GPU and its driver`;
  return { name: "GPUs", ok, detail, required: false };
}

export function sharedMemoryFinding(attempt = trySharing): Finding {
  const name = "shared memory";
  try {
    attempt();
    return { name, ok: true, detail: "between the ranks of this machine", required: false };
  } catch (error) {
    const detail = `${messageOf(error)}; ranks will talk over gRPC, which is slower`;
    return { name, ok: false, detail, required: false };
  }
}
