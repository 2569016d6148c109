/** How the agent of a host is started, and what it is to prepare. */
import { dirname, join } from "node:path";
import { type Clock, type Environment } from "@kolo/core";
import { type LaunchOptions } from "../cli/launch-options.js";
import { mpirunCommand } from "../engines/mpirun-command.js";
import { srunCommand } from "../engines/srun-command.js";
import { srunEnvironment } from "../engines/srun-environment.js";
import { needsGpuList } from "../gpus/plan-gpus.js";
import { hostText } from "../hosts/host-entry.js";
import { type OtherHost } from "../hosts/host-plan.js";
import { pathThere } from "../hosts/path-there.js";
import { remoteUserEnvironment } from "../ranks/remote-user-environment.js";
import { type AgentOptions } from "../remote/agent-connection.js";
import { remoteShellLine } from "../ssh/remote-shell-line.js";
import { sshCommand } from "../ssh/ssh-command.js";
import { silenceLimits } from "./silence-limits.js";

export interface AgentProgram {
  readonly options: LaunchOptions;
  /** Absolute paths. */
  readonly preload: string;
  readonly directory: string;
}

export interface AgentJob extends AgentProgram {
  /** Absolute path. */
  readonly script: string;
  readonly scriptArguments: readonly string[];
  readonly version: string;
  readonly environment: Environment;
  readonly clock: Clock;
  /** Gives up hosts that are not ready yet. */
  readonly signal: AbortSignal;
}

export function agentOptions(host: OtherHost, job: AgentJob): AgentOptions {
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
      silenceMs: silenceLimits(options.heartbeatTimeoutMs).hostMs,
    },
    koloVersion: job.version,
    clock,
    timeoutMs: options.startTimeoutMs,
    signal: job.signal,
  };
}

/** Program and arguments. */
export function agentCommand(host: OtherHost, job: AgentProgram): readonly string[] {
  const { options } = job;
  const there = (path: string): string => pathThere(path, { ...job, wdir: options.wdir });
  const line = remoteShellLine({
    directory: there(job.directory),
    nodes: options.nodePath === undefined ? ["node", process.execPath] : [options.nodePath],
    agent: there(join(dirname(job.preload), "agent.js")),
  });
  switch (host.reach) {
    case "ssh": {
      const { sshIntervalSeconds } = silenceLimits(options.heartbeatTimeoutMs);
      return sshCommand(host, { ...options.ssh, aliveIntervalSeconds: sshIntervalSeconds }, line);
    }
    case "srun":
      return srunCommand(host.host, line);
    case "mpirun":
      return mpirunCommand(host.host, line, { isRoot: process.getuid?.() === 0 });
  }
}
