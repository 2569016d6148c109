/**
 * `tsrun doctor`: reaches all hosts as a job would, then tests every link that a job would use, all at
 * once: of the ring, that each host pulls from the one before it, and of every host to the coordinator,
 * which runs in tsrun.
 */
import { randomBytes } from "node:crypto";
import { isIP } from "node:net";
import { hostname, networkInterfaces } from "node:os";
import { dirname, join } from "node:path";
import { chooseAddress, type Environment, isKoloError, systemClock } from "@kolo/core";
import { type LaunchOptions } from "../cli/launch-options.js";
import { hostText } from "../hosts/host-entry.js";
import { type OtherHost } from "../hosts/host-plan.js";
import { planHosts } from "../hosts/plan-hosts.js";
import { agentOptions } from "../job/agent-options.js";
import { slotsOf } from "../job/host-agents.js";
import { addressOf, firstOf } from "../job/plan-network.js";
import { rejectOnAbort } from "../job/signals.js";
import { type AgentConnection, connectAgent } from "../remote/agent-connection.js";
import { HostError, type HostProblem } from "../remote/host-error.js";
import { compareNames } from "./compare-names.js";
import { type Diagnosis, diagnosis } from "./doctor-text.js";
import { type HostFinding, type LinkFinding } from "./findings.js";
import { type Addresses } from "./look-up.js";
import { createProbeService, type ProbeService } from "./probe-service.js";
import { tokenBytes } from "./serve-link.js";
import { testLink } from "./test-link.js";

export interface DoctorQuestion {
  readonly options: LaunchOptions;
  readonly directory: string;
  readonly environment: Environment;
  /** Absolute path of the module that every rank loads first; the agent's lies beside it. */
  readonly preload: string;
  readonly version: string;
  /** Ends it all, before it has found out. */
  readonly signal: AbortSignal;
}

/** A host of the ring; what it lacks is in `problem`. */
interface Patient {
  readonly name: string;
  /** Its name without user and port; undefined of this machine, and where it is an address. */
  readonly ownName: string | undefined;
  readonly isLocal: boolean;
  readonly agent: AgentConnection | undefined;
  readonly problem: HostProblem | undefined;
}

/** Throws UsageError, and the reason of an abort. */
export async function diagnose(question: DoctorQuestion): Promise<Diagnosis> {
  const { options, environment, signal } = question;
  const reached = new Map<string, Promise<Patient>>();
  const reachOnce = (host: OtherHost): Promise<Patient> => {
    const name = hostText(host);
    const patient = reached.get(name) ?? reach(host, question);
    reached.set(name, patient);
    return patient;
  };
  const here = createProbeService();
  try {
    const plan = await planHosts({
      ...question,
      user: environment,
      // A host that is not reached is not to drop out.
      countSlots: (others) =>
        Promise.all(
          others.map(async (host) => {
            const { agent } = await reachOnce(host);
            return agent === undefined ? 1 : slotsOf(agent, question);
          }),
        ),
    });
    const patients = await Promise.all(
      plan.map(async ({ host }) => (host.isLocal ? thisHost() : reachOnce(host))),
    );
    signal.throwIfAborted();
    const names = await Promise.race([lookUpNames(patients, here), rejectOnAbort(signal)]);
    const examined = await listenAddresses(patients, options.networkInterfaces);
    const links = await Promise.race([testLinks(examined, here), rejectOnAbort(signal)]);
    return diagnosis(
      examined.hosts.map((host) => findingOf(host, names.here, question.version)),
      links,
      compareNames(names.here, names.others),
    );
  } finally {
    here.close();
    const patients = await Promise.all(reached.values());
    await Promise.all(patients.flatMap(({ agent }) => agent?.close() ?? []));
  }
}

function thisHost(): Patient {
  const common = { name: hostname(), ownName: undefined, isLocal: true };
  return { ...common, agent: undefined, problem: undefined };
}

async function reach(host: OtherHost, question: DoctorQuestion): Promise<Patient> {
  const ownName = isIP(host.host.split("%")[0] ?? "") === 0 ? host.host : undefined;
  const common = { name: hostText(host), ownName, isLocal: false };
  // Any file that must be there will do: this is about the host, not about a training.
  const script = join(dirname(question.preload), "agent.js");
  const job = { ...question, script, scriptArguments: [], clock: systemClock };
  try {
    const agent = await connectAgent(agentOptions(host, job));
    return { ...common, agent, problem: undefined };
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return { ...common, agent: undefined, problem: error.problem };
  }
}

/** What the names of all hosts are here, and on every host that is reached. */
async function lookUpNames(patients: readonly Patient[], here: ProbeService) {
  const order = {
    kind: "look-up",
    names: patients.flatMap(({ ownName }) => ownName ?? []),
  } as const;
  const asked = async (probe: ProbeService["probe"]): Promise<Addresses> => {
    const reply = await probe(order);
    return reply.kind === "looked-up" ? reply.addresses : {};
  };
  const [own, ...others] = await Promise.all([
    asked(here.probe),
    ...patients.flatMap(({ name, ownName, agent }) =>
      agent === undefined
        ? []
        : asked(agent.probe).then((addresses) => ({ host: name, ownName, addresses })),
    ),
  ]);
  return { here: own, others };
}

interface Examined {
  readonly hosts: readonly (Patient & { readonly address: string | undefined })[];
  /** Where the coordinator would listen; undefined where no other host is reached. */
  readonly coordinator: string | undefined;
}

/** As a job chooses them (plan-network.ts), but what fails is one host's problem. */
async function listenAddresses(
  patients: readonly Patient[],
  names: readonly string[],
): Promise<Examined> {
  const reachedAt = ({ agent }: Patient): string | undefined => agent?.ready.reachedAt;
  const first = patients.map(reachedAt).find((address) => address !== undefined);
  if (first === undefined) {
    return {
      hosts: patients.map((one) => ({ ...one, address: undefined })),
      coordinator: undefined,
    };
  }
  const here = await addressHere(first, names);
  const coordinator = typeof here === "string" ? here : undefined;
  const hosts = patients.map((patient, index) => {
    const { name, isLocal, agent } = patient;
    const fails = (summary: string) => {
      const problem: HostProblem = { host: name, code: "host_incomplete", summary, details: [] };
      return { ...patient, address: undefined, problem };
    };
    if (isLocal) return typeof here === "string" ? { ...patient, address: here } : fails(here.why);
    const own = reachedAt(patient);
    if (agent === undefined) return { ...patient, address: undefined };
    if (own === undefined) {
      return fails("expected sshd to say at which address it was reached (SSH_CONNECTION)");
    }
    const next = patients[(index + 1) % patients.length];
    const peer = (next && reachedAt(next)) ?? coordinator ?? own;
    const remote = { interfaces: agent.ready.interfaces, reachedAt: own };
    try {
      return { ...patient, address: addressOf({ name, remote }, peer, names) };
    } catch (error) {
      return fails(troubleIn(error).why.replace(`host ${name}: `, ""));
    }
  });
  // Of a host that is not in the ring there is no line to say it in.
  if (typeof here !== "string" && !hosts.some(({ isLocal }) => isLocal)) throw here.error;
  return { hosts, coordinator };
}

async function addressHere(peer: string, names: readonly string[]): Promise<string | Trouble> {
  try {
    return await chooseAddress(peer, firstOf(names, networkInterfaces()));
  } catch (error) {
    return troubleIn(error);
  }
}

interface Trouble {
  readonly why: string;
  readonly error: Error;
}

/** Throws what is no KoloError. */
function troubleIn(error: unknown): Trouble {
  if (!isKoloError(error)) throw error;
  return { why: error.message.replace(`[${error.code}] `, ""), error };
}

async function testLinks({ hosts, coordinator }: Examined, here: ProbeService) {
  const probeOf = ({ isLocal, agent }: Patient): ProbeService["probe"] | undefined =>
    isLocal ? here.probe : agent?.probe;
  const token = randomBytes(tokenBytes / 2).toString("hex");
  const ring =
    hosts.length < 2
      ? []
      : hosts.map((from, index): Promise<LinkFinding> => {
          const to = hosts[(index + 1) % hosts.length] ?? from;
          return testLink({
            from: { name: from.name, address: from.address, probe: probeOf(from) },
            to: { name: to.name, probe: probeOf(to) },
            isRing: true,
            token,
          });
        });
  const inRing = hosts.findIndex(({ isLocal }) => isLocal);
  const others = hosts.filter(({ agent }, index) => {
    const follows = inRing >= 0 && index === (inRing + 1) % hosts.length;
    return agent !== undefined && !follows;
  });
  const toCoordinator = others.map((to) =>
    testLink({
      from: { name: hostname(), address: coordinator, probe: here.probe },
      to: { name: to.name, probe: probeOf(to) },
      isRing: false,
      token,
    }),
  );
  return Promise.all([...ring, ...toCoordinator]);
}

function findingOf(
  { name, ownName, isLocal, agent, problem, address }: Examined["hosts"][number],
  names: Addresses,
  version: string,
): HostFinding {
  const local = { koloVersion: version, nodeVersion: process.version, clockAheadMs: 0 };
  const found = isLocal
    ? { ...local, address }
    : agent && { ...agent.hello, clockAheadMs: agent.clocks.wallMs, address };
  const addresses = ownName === undefined ? undefined : (names[ownName] ?? []);
  return { name, isLocal, agent: found, problem, addresses };
}
