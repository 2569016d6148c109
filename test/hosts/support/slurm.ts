/**
 * A Slurm cluster of the test hosts: munged and slurmd on each, slurmctld on the first, from Debian's
 * packages, started by hand as root. Each daemon runs in its host and ends with it; what they write
 * is in the host's own /run.
 */
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Host } from "./host.js";
import type { Hosts } from "./hosts.js";
import { programPath, requireForHosts } from "./requirements.js";
import { type RunningCommand, startCommand, succeeded } from "./running-command.js";

export interface SlurmOptions {
  /** How many tasks a host takes; it is told to have so many processors. Default 2. */
  readonly slotsPerHost?: number;
}

export interface Slurm {
  /** What srun, sbatch and their like need in their environment, in any host. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Another name of the host, with a number, as clusters have them: Slurm lists them as node[1-2]. */
const nodeName = (index: number) => `node${index + 1}`;

const secondsToStart = 30;

/** Resolves when every host waits for work. Ends when the hosts are closed. */
export async function startSlurm(hosts: Hosts, options: SlurmOptions = {}): Promise<Slurm> {
  requireForHosts(["munged", "slurmctld", "slurmd", "srun"]);
  const { folder } = hosts;
  const key = join(folder, "munge.key");
  writeFileSync(key, randomBytes(128), { mode: 0o600 });
  const configuration = join(folder, "slurm.conf");
  writeFileSync(configuration, slurmConfiguration(hosts, options.slotsPerHost ?? 2));
  // Read from beside slurm.conf. A test host has no control groups of its own; but versions before 23
  // cannot do without the plugin.
  const version = await succeeded("slurmd -V", startCommand([programPath("slurmd"), "-V"]).done);
  const plugin = Number(/\d+/.exec(version)?.[0]) < 23 ? "autodetect" : "disabled";
  writeFileSync(join(folder, "cgroup.conf"), `CgroupPlugin=${plugin}\n`);

  const env = { SLURM_CONF: configuration };
  await Promise.all(hosts.all.map((host) => startMunge(host, key)));
  const daemons = [
    // Its helper is part of the host as it is itself; what slurmd starts are jobs.
    hosts.host(0).startService(programPath("slurmctld"), ["-D"], { env, withChildren: true }),
    ...hosts.all.map((host, index) =>
      host.startService(programPath("slurmd"), ["-D", "-N", nodeName(index)], { env }),
    ),
  ];
  await nodesIdle(hosts, env, daemons);
  return { environment: env };
}

async function startMunge(host: Host, key: string): Promise<void> {
  await host.namespaces.run("mkdir", "-p", "/run/munge", "/run/slurm/state", "/run/slurm/spool");
  const munged = host.startService(programPath("munged"), [
    "--foreground",
    // The key lies below /tmp, which everyone may write to.
    "--force",
    `--key-file=${key}`,
    "--pid-file=/run/munge/pid",
    "--seed-file=/run/munge/seed",
  ]);
  await munged.printed("work threads");
}

async function nodesIdle(
  hosts: Hosts,
  env: Slurm["environment"],
  daemons: readonly RunningCommand[],
): Promise<void> {
  const endMs = performance.now() + secondsToStart * 1000;
  for (;;) {
    const info = await hosts.host(0).exec("sinfo", ["-h", "-N", "-o", "%T"], { env });
    const states = info.stdout.trim().split("\n");
    if (states.length === hosts.all.length && states.every((state) => state === "idle")) return;
    const ended = daemons.some(({ child }) => child.exitCode !== null);
    if (ended || performance.now() > endMs) {
      const words = [info.stdout, info.stderr, ...daemons.map((daemon) => daemon.stderr())];
      const late = ended ? "" : ` in ${secondsToStart} s`;
      throw new Error(`Slurm did not start${late}:\n${words.join("\n")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Runs `srun` on the first host; throws where it fails. */
export function srun(
  hosts: Hosts,
  { environment }: Slurm,
  args: readonly string[],
  input?: string,
): Promise<string> {
  const running = hosts.host(0).exec("srun", args, {
    env: environment,
    ...(input === undefined ? {} : { input }),
  });
  return succeeded("srun", running);
}

function slurmConfiguration(hosts: Hosts, slots: number): string {
  const nodes = hosts.all.map(
    ({ name, address }, index) =>
      `NodeName=${nodeName(index)} NodeHostname=${name} NodeAddr=${address} CPUs=${slots} State=UNKNOWN`,
  );
  return [
    "ClusterName=kolo",
    `SlurmctldHost=${hosts.host(0).name}`,
    "SlurmUser=root",
    "SlurmdUser=root",
    "AuthType=auth/munge",
    "StateSaveLocation=/run/slurm/state",
    "SlurmdSpoolDir=/run/slurm/spool",
    "SlurmctldPidFile=/run/slurm/slurmctld.pid",
    "SlurmdPidFile=/run/slurm/slurmd.pid",
    "ProctrackType=proctrack/linuxproc",
    "TaskPlugin=task/none",
    "JobAcctGatherType=jobacct_gather/none",
    "SelectType=select/cons_tres",
    "SelectTypeParameters=CR_CPU",
    // As many processors as said, not as there are.
    "SlurmdParameters=config_overrides",
    "MailProg=/bin/true",
    "ReturnToService=2",
    ...nodes,
    "PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP",
    "",
  ].join("\n");
}
