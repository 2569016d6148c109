/** Where ranks run and who starts them there, checked. */
import { type FoundHost } from "../hosts/host-entry.js";
import { type MapBy } from "../hosts/place-on-hosts.js";
import { type SettingReader } from "./setting-reader.js";
import { type launchers, settings } from "./settings.js";
import { UsageError } from "./usage-error.js";

/** Where the hosts stand; a hostfile is not read yet. */
export type HostSource =
  | { readonly kind: "file"; readonly file: string }
  | { readonly kind: "list"; readonly hosts: readonly FoundHost[] };

export interface HostOptions {
  /** Undefined: as many as the hosts have slots, or as the engine has started. */
  readonly numProc: number | undefined;
  /** Undefined: this machine. */
  readonly hosts: HostSource | undefined;
  readonly mapBy: MapBy;
  readonly oversubscribe: boolean;
  readonly ssh: {
    readonly port: number | undefined;
    readonly identityFile: string | undefined;
    /** Words for ssh's command line. */
    readonly arguments: readonly string[];
  };
  /** The project's folder on other hosts, an absolute path; undefined: the same as here. */
  readonly wdir: string | undefined;
  /** Node on other hosts; undefined: the one in their PATH. */
  readonly nodePath: string | undefined;
  /** Names of those that ranks listen on; empty: the one that routes to the neighbour. */
  readonly networkInterfaces: readonly string[];
  readonly sharedDirectory: string | undefined;
  readonly launcher: (typeof launchers)[number];
  readonly slurm: {
    readonly nodes: number | undefined;
    /** Words for sbatch. */
    readonly arguments: readonly string[];
    /** Whether they stand on the command line, not only in a config file. */
    readonly isTyped: boolean;
  };
  readonly insecure: boolean;
  readonly dryRun: boolean;
}

const sshSettings = [settings.sshPort, settings.sshIdentityFile, settings.sshArgs];

/** What else is known of a job. */
export interface HostContext {
  /** They only serve a hint about a misplaced -np. */
  readonly scriptArguments?: readonly string[];
  /** Whether an engine has started this process as one of the ranks, and so says how many there are. */
  readonly isPlaced?: boolean;
}

/** Throws UsageError. */
export function hostOptions(
  { value, fromFlags, fromConfig }: SettingReader,
  { scriptArguments = [], isPlaced = false }: HostContext,
): HostOptions {
  const numProc = value(settings.numProc);
  // A config file's mistakes are mistakes even where a flag wins.
  const configured = hostSource(fromConfig, "hostfile or hosts in the config file");
  const hosts = hostSource(fromFlags, "--hostfile or --hosts") ?? configured;
  const launcher = value(settings.launcher) ?? "auto";
  const nodes = value(settings.nodes);
  const slurmArguments = value(settings.slurmArgs) ?? [];
  const dryRun = value(settings.dryRun) ?? false;

  if (launcher === "slurm" && hosts !== undefined) {
    throw new UsageError(
      "--launcher slurm: expected no --hostfile and no --hosts, since Slurm chooses the hosts",
    );
  }
  if (launcher !== "slurm" && (nodes !== undefined || slurmArguments.length > 0)) {
    const flag = nodes === undefined ? settings.slurmArgs.name : settings.nodes.name;
    throw new UsageError(`expected --launcher slurm with --${flag}, got --launcher ${launcher}`);
  }
  const sshSetting = sshSettings.find((setting) => value<unknown>(setting) !== undefined);
  if (sshSetting !== undefined && (launcher === "slurm" || launcher === "mpi")) {
    throw new UsageError(
      `expected no --${sshSetting.name} with --launcher ${launcher}, which starts agents without tsrun's ssh`,
    );
  }
  if (nodes !== undefined && numProc !== undefined && nodes > numProc) {
    throw new UsageError(
      `--nodes: expected at most one for each of ${numProc} ranks, got ${nodes}`,
    );
  }
  // What sbatch is to be asked for; or, with no host named, how many to start here.
  const isCounted = hosts !== undefined || launcher === "mpi" || (launcher === "slurm" && !dryRun);
  if (numProc === undefined && !isCounted && !isPlaced) throw sizeMissing(scriptArguments);

  return {
    numProc,
    hosts,
    mapBy: value(settings.mapBy) ?? "slot",
    oversubscribe: value(settings.oversubscribe) ?? false,
    ssh: {
      port: value(settings.sshPort),
      identityFile: value(settings.sshIdentityFile),
      arguments: value(settings.sshArgs) ?? [],
    },
    wdir: value(settings.wdir),
    nodePath: value(settings.nodePath),
    networkInterfaces: value(settings.networkInterface) ?? [],
    sharedDirectory: value(settings.sharedDirectory),
    launcher,
    slurm: {
      nodes,
      arguments: slurmArguments,
      isTyped: fromFlags(settings.slurmArgs) !== undefined,
    },
    insecure: value(settings.insecure) ?? false,
    dryRun,
  };
}

function hostSource(read: SettingReader["value"], names: string): HostSource | undefined {
  const file = read(settings.hostfile);
  const hosts = read(settings.hosts);
  if (file !== undefined && hosts !== undefined) {
    throw new UsageError(`expected ${names}, got both`);
  }
  if (file !== undefined) return { kind: "file", file };
  return hosts === undefined ? undefined : { kind: "list", hosts };
}

function sizeMissing(scriptArguments: readonly string[]): UsageError {
  const misplaced = scriptArguments.find((argument) => /^(-np?|--num-proc)(=?\d*)$/.test(argument));
  return new UsageError(
    misplaced === undefined
      ? "expected how many ranks to start, as in: tsrun -np 4 train.ts (or --help)"
      : `expected ${misplaced} before the script: what follows the script is the script's own`,
  );
}
