/** How the agent of a host is started, and what it is to prepare. */
import { dirname, join } from "node:path";
import { type Clock, type Environment } from "@kolo/core";
import { type LaunchOptions } from "../cli/launch-options.js";
import { mpirunCommand } from "../engines/mpirun-command.js";
import { srunCommand } from "../engines/srun-command.js";
import { srunEnvironment } from "../engines/srun-environment.js";
import { needsGpuList } from "../gpus/plan-gpus.js";
import { hostText } from "../hosts/host-entry.js";
import { type PlannedHost } from "../hosts/host-plan.js";
import { pathThere } from "../hosts/path-there.js";
import { remoteUserEnvironment } from "../ranks/remote-user-environment.js";
import { type AgentOptions } from "../remote/agent-connection.js";
import { remoteShellLine } from "../ssh/remote-shell-line.js";
import { sshCommand } from "../ssh/ssh-command.js";

export interface AgentJob {
  readonly options: LaunchOptions;
  /** Absolute paths. */
  readonly preload: string;
  readonly directory: string;
}

/** For this long nothing may be heard of a host: with the end of the job after it, all is over in 10 s. */
const silenceMs = 7000;

export function agentOptions(
  host: PlannedHost,
  job: AgentJob & {
    /** Absolute path. */
    readonly script: string;
    readonly scriptArguments: readonly string[];
    readonly version: string;
    readonly environment: Environment;
    readonly clock: Clock;
  },
): AgentOptions {
  const { options, clock, environment } = job;
  const there = (path: string): string => pathThere(path, { ...job, wdir: options.wdir });
  const visible = remoteUserEnvironment(environment, options.environment, {})[
    "CUDA_VISIBLE_DEVICES"
  ];
  return {
    host: hostText(host),
    command: agentCommand(host, job),
    environment: host.reach === "srun" ? srunEnvironment(environment) : environment,
    prepare: {
      directory: there(job.directory),
      script: there(job.script),
      scriptArguments: job.scriptArguments,
      wantsGpus: needsGpuList({ ...options, visible }),
      silenceMs,
    },
    koloVersion: job.version,
    clock,
    timeoutMs: options.startTimeoutMs,
  };
}

/** Program and arguments. */
export function agentCommand(host: PlannedHost, job: AgentJob): readonly string[] {
  const { options } = job;
  const there = (path: string): string => pathThere(path, { ...job, wdir: options.wdir });
  const line = remoteShellLine({
    directory: there(job.directory),
    nodes: options.nodePath === undefined ? ["node", process.execPath] : [options.nodePath],
    agent: there(join(dirname(job.preload), "agent.js")),
  });
  switch (host.reach) {
    case "ssh":
      return sshCommand(host, options.ssh, line);
    case "srun":
      return srunCommand(host.host, line);
    case "mpirun":
      return mpirunCommand(host.host, line, { isRoot: process.getuid?.() === 0 });
  }
}
