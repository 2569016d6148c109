/** Who all-reduces between two hosts, and by which command. Pure. */
import { mpirunCommand } from "@kolo/test/hosts/open-mpi";
import { type Hosts } from "@kolo/test/hosts/hosts";
import { join } from "node:path";
import { type MeasuringPlan } from "../collectives/measuring-plan.js";
import { tsrunCommand } from "./run-on-hosts.js";

/** As tsrun spells them: "shm" and "shm+tcp" share memory within hosts, "grpc" and "tcp" do not. */
export const linkTransports = ["shm", "shm+tcp", "grpc", "tcp"] as const;
export const linkPeers = ["openmpi", "none"] as const;
/** "arena": in place, as the optimizer does it; "tensors": kolo.allReduceSync, from one to another. */
export const bufferChoices = ["arena", "tensors"] as const;

export interface LinkContender {
  /** Ours speak TLS; "openmpi" does not. */
  readonly impl: "kolo-arena" | "kolo" | "openmpi";
  /** See linkTransports; for Open MPI "tcp", beside memory that ranks of a host share. */
  readonly transport: string;
  readonly ranksPerHost: number;
}

export interface LinkChoice {
  readonly ranksPerHost: readonly number[];
  readonly transports: readonly (typeof linkTransports)[number][];
  readonly buffers: readonly (typeof bufferChoices)[number][];
  /** Whether it is there, and wanted. */
  readonly hasOpenMpi: boolean;
}

const impls = { arena: "kolo-arena", tensors: "kolo" } as const;

/** In the order in which they run. */
export function linkContenders(choice: LinkChoice): LinkContender[] {
  const { transports, buffers, hasOpenMpi } = choice;
  return choice.ranksPerHost.flatMap((ranksPerHost) => [
    ...transports
      // Where a rank is alone on its host there is nothing to share.
      .filter(
        (transport) => ranksPerHost > 1 || !transports.some((one) => one === alone(transport)),
      )
      .flatMap((transport) =>
        buffers.map((one): LinkContender => ({ impl: impls[one], transport, ranksPerHost })),
      ),
    ...(hasOpenMpi ? [{ impl: "openmpi", transport: "tcp", ranksPerHost } as const] : []),
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
  if (impl !== "openmpi") {
    const folder = join(__dirname, "../collectives");
    const script =
      impl === "kolo"
        ? [join(folder, "kolo-rank.js"), JSON.stringify(plan), "tensors"]
        : [join(folder, "arena-rank.js"), JSON.stringify(plan)];
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
