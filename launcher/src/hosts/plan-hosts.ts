/** The hosts of a job, with the ranks of each: the hostfile read, slots counted, ranks placed. */
import { type Environment } from "@kolo/core";
import { readFileSync } from "node:fs";
import { hostname, networkInterfaces, userInfo } from "node:os";
import { resolve } from "node:path";
import { type HostSource } from "../cli/host-options.js";
import { type LaunchOptions } from "../cli/launch-options.js";
import { maxRanks } from "../cli/max-ranks.js";
import { UsageError } from "../cli/usage-error.js";
import { findAllocation } from "../engines/find-allocation.js";
import { messageOf } from "../report/message-of.js";
import { type FoundHost, hostText } from "./host-entry.js";
import { type HostPlan, type OtherHost, type PlannedHost } from "./host-plan.js";
import { localSlots } from "./local-slots.js";
import { parseHostfile } from "./parse-hostfile.js";
import { type HostPlace, placeOnHosts } from "./place-on-hosts.js";
import { type Machine, meansThisMachine } from "./this-machine.js";

export interface HostQuestion {
  readonly options: LaunchOptions;
  readonly directory: string;
  /** tsrun's own, where Slurm says what it has given. */
  readonly environment: Environment;
  /** The ranks', before anything is added. */
  readonly user: Environment;
  /** Asks other hosts, all at once, what `slots=auto` is there. */
  readonly countSlots: (hosts: readonly OtherHost[]) => Promise<readonly number[]>;
}

/** Throws UsageError, and what `countSlots` does. Without `slots=auto` no other host is asked. */
export async function planHosts(question: HostQuestion): Promise<HostPlan> {
  const { options, directory } = question;
  const { hosts: source, numProc, mapBy, oversubscribe } = options;
  const machine = thisMachine();
  if (source === undefined) {
    const allocated = allocatedHosts(question, machine);
    if (allocated !== undefined) {
      return placeOnHosts({ ...allocated, size: numProc, mapBy, oversubscribe });
    }
    return [onlyThisMachine(machine, numProc ?? 1)];
  }
  const { hosts, name } = readHosts(source, directory);
  const reach = options.launcher === "mpi" ? "mpirun" : "ssh";
  if (reach === "mpirun") expectPlainNames(hosts, name);
  const marked = markLocal(hosts, name, machine).map((host) => ({ ...host, reach }) as const);
  const planned = await counted(marked, question);
  return placeOnHosts({ hosts: planned, size: numProc, mapBy, oversubscribe, source: name });
}

/** With what `slots=auto` is where it is said, at most `max_slots`. */
async function counted(
  hosts: readonly (MarkedHost & Pick<PlannedHost, "reach">)[],
  { options, user, countSlots }: HostQuestion,
): Promise<readonly PlannedHost[]> {
  const others = hosts.filter(({ slots, isLocal }) => slots === "auto" && !isLocal);
  const counts = others.length === 0 ? [] : await countSlots(others);
  return Promise.all(
    hosts.map(async (host) => {
      const { slots, isLocal, maxSlots = maxRanks } = host;
      if (slots !== "auto") return { ...host, slots };
      const count = isLocal ? await localSlots(options, user) : counts[others.indexOf(host)];
      return { ...host, slots: Math.min(count ?? 0, maxSlots) };
    }),
  );
}

/** The hosts that a batch system has given, and who says so; undefined outside a job of one's. */
function allocatedHosts(
  { options, environment }: HostQuestion,
  machine: Machine,
): { readonly hosts: readonly PlannedHost[]; readonly source: string } | undefined {
  const allocation = findAllocation(options.launcher, environment);
  if (allocation === undefined) return undefined;
  const { source, reach, nodes } = allocation;
  const { slurm } = options;
  if (slurm.nodes !== undefined && slurm.nodes !== nodes.length) {
    throw new UsageError(
      `--nodes ${slurm.nodes}: ${source} has ${nodes.length} already; expected as many, or no --nodes`,
    );
  }
  if (slurm.isTyped) {
    throw new UsageError(
      `--slurm-args: expected none in ${source}, which has begun; give them to sbatch or salloc`,
    );
  }
  const hosts = nodes.map(({ name, tasks, isHere }) => {
    const entry = { host: name, user: undefined, port: undefined, maxSlots: undefined };
    const isLocal = isHere ?? meansThisMachine(entry, machine);
    return { ...entry, where: source, slots: tasks, isLocal, reach };
  });
  return { hosts, source };
}

type MarkedHost = FoundHost & Pick<PlannedHost, "isLocal">;

/** Pure. Throws UsageError where two entries mean this machine. */
export function markLocal(
  hosts: readonly FoundHost[],
  source: string,
  machine: Machine,
): readonly MarkedHost[] {
  const marked = hosts.map((host) => ({ ...host, isLocal: meansThisMachine(host, machine) }));
  const [first, second] = marked.filter(({ isLocal }) => isLocal);
  if (first === undefined || second === undefined) return marked;
  throw new UsageError(
    `${source}: expected this machine once, got ${hostText(first)} in ${first.where} and ` +
      `${hostText(second)} in ${second.where}; give it all its slots in one`,
  );
}

/** mpirun's own ways to say who logs in and where are not these. Throws UsageError. */
function expectPlainNames(hosts: readonly FoundHost[], source: string): void {
  const dressed = hosts.find(({ user, port }) => user !== undefined || port !== undefined);
  if (dressed === undefined) return;
  throw new UsageError(
    `${source}: expected a host without user and port with --launcher mpi, got ` +
      `${hostText(dressed)} in ${dressed.where}; say them in ssh's configuration, which mpirun's ssh reads`,
  );
}

function readHosts(
  source: HostSource,
  directory: string,
): { readonly hosts: readonly FoundHost[]; readonly name: string } {
  if (source.kind === "list") return { hosts: source.hosts, name: "--hosts" };
  const { file } = source;
  try {
    return {
      hosts: parseHostfile(readFileSync(resolve(directory, file), "utf8"), file),
      name: file,
    };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`--hostfile: cannot read ${file}: ${messageOf(error)}`);
  }
}

function onlyThisMachine({ hostname: host }: Machine, size: number): HostPlace<PlannedHost> {
  const entry = { host, user: undefined, port: undefined, where: "", maxSlots: undefined };
  return {
    host: { ...entry, slots: size, isLocal: true, reach: "ssh" },
    firstRank: 0,
    localSize: size,
  };
}

export function thisMachine(): Machine {
  return { hostname: hostname(), user: userName(), interfaces: networkInterfaces() };
}

/** A container may run as a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "";
  }
}
