/** Who all-reduces between two hosts, and by which command. Pure. */
import { mpirunCommand } from "@kolo/test/hosts/open-mpi";
import { type Hosts } from "@kolo/test/hosts/hosts";
import { join } from "node:path";
import { type MeasuringPlan } from "../collectives/measuring-plan.js";
import { tsrunCommand } from "./run-on-hosts.js";

/** As tsrun spells them: "shm" and "shm+tcp" share memory within hosts, "grpc" and "tcp" do not. */
export const linkTransports = ["shm", "shm+tcp", "grpc", "tcp"] as const;
export const linkPeers = ["openmpi", "none"] as const;

export interface LinkContender {
  /** "kolo" is in place in the arena, as the optimizer does it, with TLS; "openmpi" has no TLS. */
  readonly impl: "kolo" | "openmpi";
  /** See linkTransports; for Open MPI "tcp", beside memory that ranks of a host share. */
  readonly transport: string;
  readonly ranksPerHost: number;
}

/** In the order in which they run. `hasOpenMpi`: whether it is there, and wanted. */
export function linkContenders(
  ranksPerHost: readonly number[],
  transports: readonly string[],
  hasOpenMpi: boolean,
): LinkContender[] {
  return ranksPerHost.flatMap((ranks) => [
    ...transports
      // Where a rank is alone on its host there is nothing to share.
      .filter((transport) => ranks > 1 || !transports.includes(alone(transport)))
      .map((transport): LinkContender => ({ impl: "kolo", transport, ranksPerHost: ranks })),
    ...(hasOpenMpi ? [{ impl: "openmpi", transport: "tcp", ranksPerHost: ranks } as const] : []),
  ]);
}

/** What else is the same with one rank on each host: that one runs. */
function alone(transport: string): string {
  return { grpc: "shm", tcp: "shm+tcp" }[transport] ?? "";
}

export interface Launch {
  readonly hosts: Hosts;
  readonly plan: MeasuringPlan;
  /** The compiled peer, at a path that all hosts have. */
  readonly openMpi: string | undefined;
}

export interface LaunchCommand {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

export function launchCommand(
  { impl, transport, ranksPerHost }: LinkContender,
  { hosts, plan, openMpi = "" }: Launch,
): LaunchCommand {
  if (impl === "kolo") {
    const script = [join(__dirname, "../collectives/arena-rank.js"), JSON.stringify(plan)];
    const flags = ["--backend", "cpu", "--transport", transport];
    return { command: tsrunCommand(hosts, ranksPerHost, [...flags, ...script]), env: {} };
  }
  const np = hosts.all.length * ranksPerHost;
  const { cases, seconds, minRuns, maxRuns } = plan;
  const words = cases.map(({ bytes, op, dtype, warmUps }) => `${bytes} ${op} ${dtype} ${warmUps}`);
  const program = [openMpi, ...[seconds, minRuns, maxRuns].map(String), ...words];
  return {
    command: mpirunCommand(hosts, { np, slotsPerHost: ranksPerHost }, program),
    env: {
      OMPI_MCA_pml: "ob1",
      OMPI_MCA_btl: "self,vader,tcp",
      OMPI_MCA_btl_tcp_if_include: "eth0",
    },
  };
}
