/**
 * Every setting of a job: its name (the long flag, and the key in a config file), how it reads a
 * value, and its help. Flags and config files share the readers, so both refuse the same values.
 */
import { backendNames, exchangeRanges, maxSeed } from "@kolo/core";
import { readGpuChoice } from "../gpus/gpu-choice.js";
import { maxPort } from "../hosts/parse-host-entry.js";
import { mapBys } from "../hosts/place-on-hosts.js";
import { readHostList } from "../hosts/read-host-list.js";
import { readEnvironmentEntries } from "./environment-entries.js";
import { maxRanks } from "./max-ranks.js";
import { readInterfaces } from "./read-interfaces.js";
import {
  absolutePath,
  choice,
  integer,
  type Reader,
  seconds,
  size,
  text,
  toggle,
} from "./readers.js";
import { readWords } from "./split-words.js";

export interface Setting<T> {
  /** The long flag without its dashes, and the key in a config file. */
  readonly name: string;
  /** The flag as commander declares it. */
  readonly flags: string;
  readonly description: string;
  readonly read: Reader<T>;
  readonly repeatable?: boolean;
}

export const backends = ["auto", ...backendNames] as const;
export const transports = ["auto", "shm", "shm+tcp", "grpc", "tcp"] as const;
export const launchers = ["auto", "ssh", "slurm", "mpi"] as const;

const setting = <T>(
  flags: string,
  description: string,
  read: Reader<T>,
  repeatable = false,
): Setting<T> => {
  const name = /--([a-z-]+)/.exec(flags)?.[1] ?? flags;
  return { name, flags, description, read, repeatable };
};

export const settings = {
  numProc: setting(
    "-n, --num-proc <N>",
    "how many ranks to start, 1 to 1024; also -np N (default with hosts: one for every slot)",
    integer(1, maxRanks),
  ),
  hostfile: setting(
    "--hostfile <FILE>",
    'the hosts to start ranks on, one a line, as in "node1 slots=4"',
    text,
  ),
  hosts: setting(
    "-H, --hosts <LIST>",
    "the same on the command line, as in node1:4,node2:4; repeatable",
    readHostList,
    true,
  ),
  mapBy: setting(
    "--map-by <WAY>",
    "fill the slots of a host before the next (slot), or go round the hosts (node) (default: slot)",
    choice(mapBys),
  ),
  oversubscribe: setting(
    "--oversubscribe",
    "let hosts run more ranks than they have slots",
    toggle,
  ),
  backend: setting(
    "--backend <NAME>",
    `tfjs backend of every rank: ${backends.join(", ")} (default: auto)`,
    choice(backends),
  ),
  gpus: setting(
    "--gpus <LIST>",
    "GPUs of this machine, one for each rank: auto, none, or a list such as 0,1,3 (default: auto)",
    readGpuChoice,
  ),
  gpusShare: setting("--gpus-share", "let ranks share GPUs where there are fewer", toggle),
  seed: setting(
    "--seed <N>",
    "make initial weights, shuffles and dropout repeatable, as far as tfjs allows",
    integer(0, maxSeed),
  ),
  transport: setting(
    "--transport <NAME>",
    `how ranks talk to each other: ${transports.join(", ")} (default: auto)`,
    choice(transports),
  ),
  bucketBytes: setting(
    "--bucket-bytes <SIZE>",
    "gradients travel in buckets of about this size, such as 8MiB (default: 25MiB)",
    size(exchangeRanges.bucketBytes),
  ),
  segmentBytes: setting(
    "--segment-bytes <SIZE>",
    "over gRPC and tcp, cut what travels into segments of this size, such as 256KiB " +
      "(default: by the size of the bucket)",
    size(exchangeRanges.segmentBytes),
  ),
  channels: setting(
    "--channels <N>",
    "over gRPC and tcp, connections between two ranks, 1 to 8 (default: 1)",
    integer(exchangeRanges.channels.least, exchangeRanges.channels.most),
  ),
  autotune: setting(
    "--autotune",
    "find good sizes of buckets and segments in the first steps, and print their flags",
    toggle,
  ),
  env: setting(
    "-x, --env <NAME[=VALUE]>",
    "set an environment variable for the ranks; repeatable",
    readEnvironmentEntries,
    true,
  ),
  outputDir: setting(
    "--output-dir <DIR>",
    "also write each rank's output to DIR/rank.0003/stdout and stderr",
    text,
  ),
  timeline: setting(
    "--timeline <FILE>",
    "record what every rank's threads do, as a trace for https://ui.perfetto.dev",
    text,
  ),
  prefixTimestamp: setting("--prefix-timestamp", "start every line with the time", toggle),
  quiet: setting(
    "--quiet",
    "no banner, progress or summary; errors, warnings and the ranks' own output stay",
    toggle,
  ),
  verbose: setting("--verbose", "log in detail, show secondary errors and whole stacks", toggle),
  startTimeoutMs: setting(
    "--start-timeout <SECONDS>",
    "give up when not every rank has called init() this long after the first (default: 60)",
    seconds({ zero: false }),
  ),
  stallWarningMs: setting(
    "--stall-warning <SECONDS>",
    "warn of an operation or a shutdown() that waits this long; 0 = never (default: 60)",
    seconds({ zero: true }),
  ),
  stallTimeoutMs: setting(
    "--stall-timeout <SECONDS>",
    "fail when one waits this long; 0 = never (default: 600)",
    seconds({ zero: true }),
  ),
  heartbeatTimeoutMs: setting(
    "--heartbeat-timeout <SECONDS>",
    "name a silent host as lost within this time, a silent rank of a host that answers within " +
      "three times as long (default: 10)",
    seconds({ zero: false }),
  ),
  sshPort: setting(
    "--ssh-port <PORT>",
    "where other hosts' ssh listens, unless the hostfile says it",
    integer(1, maxPort),
  ),
  sshIdentityFile: setting("--ssh-identity-file <FILE>", "the private key for ssh", text),
  sshArgs: setting(
    "--ssh-args <ARGS>",
    'more arguments for ssh, as in "-o ConnectTimeout=5 -J gateway"; repeatable',
    readWords,
    true,
  ),
  wdir: setting(
    "--wdir <DIR>",
    "the project's folder on other hosts, an absolute path (default: the same as here)",
    absolutePath,
  ),
  nodePath: setting(
    "--node-path <FILE>",
    "Node on other hosts (default: node in their PATH)",
    text,
  ),
  networkInterface: setting(
    "--network-interface <NAMES>",
    "listen on this interface, or on the first of these that a host has, as in eth0,ib0 " +
      "(default: the one that routes to the neighbour)",
    readInterfaces,
  ),
  sharedDirectory: setting(
    "--shared-directory <DIR>",
    "where ranks that mpirun or srun has started find each other: a folder that all hosts see " +
      "(default: the current one; on one host its folder for temporary files)",
    text,
  ),
  launcher: setting(
    "--launcher <NAME>",
    `who starts ranks on other hosts: ${launchers.join(", ")} (default: auto)`,
    choice(launchers),
  ),
  nodes: setting(
    "--nodes <N>",
    "with --launcher slurm, how many hosts to ask for (default: Slurm decides)",
    integer(1, maxRanks),
  ),
  slurmArgs: setting(
    "--slurm-args <ARGS>",
    'with --launcher slurm, more arguments for sbatch, as in "--partition=gpu --time=2:00:00"; ' +
      "repeatable",
    readWords,
    true,
  ),
  insecure: setting(
    "--insecure",
    "between hosts, neither encrypt nor check who is who; only for networks you trust",
    toggle,
  ),
  dryRun: setting(
    "--dry-run",
    "print which ranks would run where, the batch script for Slurm, or mpirun's commands; start nothing",
    toggle,
  ),
};

export const settingList: readonly Setting<unknown>[] = Object.values(settings);
