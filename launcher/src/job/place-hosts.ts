/**
 * The hosts of a job, ready to start their ranks: this machine, where there is nothing to do, and
 * others, whose agents have said what is there.
 */
import { availableParallelism, hostname } from "node:os";
import { type Environment, type Interfaces, isKoloError, KoloError } from "@kolo/core";
import { machineIdentity } from "../agent/machine-identity.js";
import { type SpawnOrder } from "../agent/messages.js";
import { type LaunchOptions } from "../cli/launch-options.js";
import { assignGpus } from "../gpus/assign-gpus.js";
import { type GpuPlan, planGpus } from "../gpus/plan-gpus.js";
import { expectMachines } from "../hosts/expect-machines.js";
import { hostText } from "../hosts/host-entry.js";
import { type HostPlan, type PlannedHost } from "../hosts/host-plan.js";
import { pathHere, pathThere } from "../hosts/path-there.js";
import { type HostPlace } from "../hosts/place-on-hosts.js";
import { rankArguments } from "../ranks/rank-command.js";
import { remoteUserEnvironment } from "../ranks/remote-user-environment.js";
import { type RankProcess } from "../ranks/spawn-rank.js";
import { type RankEvents, startLocalRank } from "../ranks/start-rank.js";
import { type AgentConnection } from "../remote/agent-connection.js";
import { type RemoteParts, type TimelineHost } from "../timeline/timeline-host.js";
import { type AgentJob } from "./agent-options.js";
import { type HostAgents } from "./host-agents.js";

export interface PlacedHost extends TimelineHost {
  readonly isLocal: boolean;
  readonly cores: number;
  /** Undefined for this machine. */
  readonly remote: { readonly interfaces: Interfaces; readonly reachedAt: string } | undefined;
  /** Of the ranks, before kolo adds to it: whole for this machine, else what is known of it. */
  readonly user: Environment;
  readonly gpus: GpuPlan;
  /** Starts a rank of it. Undefined where there is no process; onSpawnError then says why. */
  readonly startRank: (
    rank: number,
    order: SpawnOrder,
    events: RankEvents,
  ) => RankProcess | undefined;
}

export interface PlacementOptions extends AgentJob {
  readonly plan: HostPlan;
  readonly agents: HostAgents;
  readonly resolveTsx: () => string;
  /** The environment of ranks of this machine, before kolo adds to it. */
  readonly user: Environment;
}

/**
 * By crossRank. Throws UsageError, `gpu_unavailable`, or what hosts lack: `host_unreachable`,
 * `host_mismatch`, `host_incomplete`; `config_invalid` where two are one machine; or the reason of an
 * abort. What was started is ended then.
 */
export async function placeHosts(job: PlacementOptions): Promise<readonly PlacedHost[]> {
  const { plan, agents } = job;
  const remote = plan.filter(({ host }) => !host.isLocal);
  const local = await Promise.all(
    plan.filter(({ host }) => host.isLocal).map((place) => thisMachine(place, job)),
  );
  const others = remote.map(({ host }) => host);
  await agents.keep(others);
  const started = await agents.start(others);
  expectMachines([
    ...local.map(({ name }) => ({ host: name, machine: machineIdentity() })),
    ...started.map(({ host, hello }) => ({ host, machine: hello.machine })),
  ]);
  const placed = remote.flatMap((place, index) => {
    const agent = started[index];
    return agent === undefined ? [] : [otherHost(place, agent, job)];
  });
  return [...local, ...placed].sort((a, b) => a.firstRank - b.firstRank);
}

async function thisMachine(
  { firstRank, localSize }: HostPlace<PlannedHost>,
  job: PlacementOptions,
): Promise<PlacedHost> {
  const { script, scriptArguments, preload, resolveTsx, directory, user, clock } = job;
  return {
    name: hostname(),
    isLocal: true,
    firstRank,
    localSize,
    cores: availableParallelism(),
    remote: undefined,
    user,
    gpus: await assignGpus({ ...job, localSize }),
    pathThere: (path) => path,
    pathHere: (path) => path,
    parts: undefined,
    startRank: (_rank, { nodeFlags, environment, launch }, events) =>
      startLocalRank(
        {
          program: process.execPath,
          arguments: rankArguments({ script, scriptArguments, preload, resolveTsx, nodeFlags }),
          environment,
          directory,
          launch,
          clock,
        },
        events,
      ),
  };
}

function otherHost(
  { host, firstRank, localSize }: HostPlace<PlannedHost>,
  agent: AgentConnection,
  job: PlacementOptions,
): PlacedHost {
  const { options } = job;
  const { ready } = agent;
  const user = remoteUserEnvironment(job.environment, options.environment, ready.variables);
  return {
    name: hostText(host),
    isLocal: false,
    firstRank,
    localSize,
    cores: agent.hello.cores,
    remote: { interfaces: ready.interfaces, reachedAt: reachedAtOf(agent) },
    user,
    gpus: gpusOf(agent, localSize, user, options),
    pathThere: (path) => pathThere(path, { ...job, wdir: options.wdir }),
    pathHere: (path) => pathHere(path, { ...job, wdir: options.wdir }),
    parts: partsOf(hostText(host), agent),
    startRank: agent.startRank,
  };
}

function partsOf(host: string, { ready, clock, collect }: AgentConnection): RemoteParts {
  const { line } = clock;
  return {
    folder: ready.partsFolder,
    clock: {
      host,
      aheadUs: (us) => line.aheadUs(us),
      get errorUs() {
        return line.errorUs;
      },
    },
    measureClock: () => clock.measure(),
    collect,
  };
}

function reachedAtOf({ host, ready }: AgentConnection): string {
  if (ready.reachedAt !== undefined) return ready.reachedAt;
  throw new KoloError(
    "host_unreachable",
    `host ${host}: expected sshd to say at which address it was reached (SSH_CONNECTION), or srun ` +
      "where it runs itself (SLURM_LAUNCH_NODE_IPADDR)",
    { host },
  );
}

/** Throws `gpu_unavailable`, naming the host. */
function gpusOf(
  { host, ready }: AgentConnection,
  localSize: number,
  user: Environment,
  options: LaunchOptions,
): GpuPlan {
  const { gpus: list, gpuPackage } = ready;
  const listed = list?.ok === true && list.gpus.length > 0 ? list.gpus : undefined;
  try {
    return planGpus({
      ...options,
      localSize,
      gpuPackage,
      visible: user["CUDA_VISIBLE_DEVICES"],
      listed,
      unlisted: list?.ok === false ? list.reason : "nvidia-smi lists none",
    });
  } catch (error) {
    if (!isKoloError(error)) throw error;
    const message = error.message.replace(`[${error.code}] `, "");
    throw new KoloError(error.code, `host ${host}: ${message}`, { host });
  }
}

/** The host that a rank runs on. */
export function findHost(placed: readonly PlacedHost[], rank: number): PlacedHost {
  const found = placed.find(({ firstRank, localSize }) => rank - firstRank < localSize);
  if (found === undefined) throw new KoloError("internal", `expected a host for rank ${rank}`);
  return found;
}
