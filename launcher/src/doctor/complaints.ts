/** What is wrong with hosts and links, and what to do about it. Pure. */
import { isLoopback } from "@kolo/core";
import { type HostProblem } from "../remote/host-error.js";
import { type Complaint, type HostFinding, type LinkFinding } from "./findings.js";
import { type ClosedPort } from "./probe-messages.js";
import { linkTrouble, sshTrouble, type Trouble } from "./troubles.js";

/** TLS refuses certificates that are not valid yet; timelines and logs of hosts are put together. */
export const maxClockSkewMs = 5000;

export function hostComplaints(host: HostFinding): Complaint[] {
  return [...problemComplaints(host), ...clockComplaints(host)];
}

function problemComplaints({ name, problem }: HostFinding): Complaint[] {
  if (problem === undefined) return [];
  const trouble = troubleOf(problem);
  // Where it is known what to do, the long command is in the way.
  const details = problem.details.filter((line) => trouble === undefined || !isCommand(line));
  const what = trouble === undefined ? problem.summary : `${trouble.name}: ${problem.summary}`;
  return [{ what: `${name}: ${what}`, details, remedy: trouble?.remedy }];
}

function clockComplaints({ name, agent }: HostFinding): Complaint[] {
  if (agent === undefined || Math.abs(agent.clockAheadMs) <= maxClockSkewMs) return [];
  const seconds = (Math.abs(agent.clockAheadMs) / 1000).toFixed(1);
  const way = agent.clockAheadMs > 0 ? "ahead of" : "behind";
  return [
    {
      what: `${name}: its clock is ${seconds} s ${way} this machine's`,
      details: [],
      remedy: "set both by the network's time, as with: timedatectl set-ntp true",
    },
  ];
}

/** What ssh says; other problems say in their summary what to do. */
export function troubleOf({ code, summary, details }: HostProblem): Trouble | undefined {
  if (code !== "host_unreachable") return undefined;
  return sshTrouble([summary, ...details.filter((line) => !isCommand(line))].join("\n"));
}

function isCommand(line: string): boolean {
  return line.startsWith("command: ");
}

export function linkComplaints(link: LinkFinding): Complaint[] {
  const { from, to, address, outcome } = link;
  switch (outcome.kind) {
    case "untested":
      return [];
    case "measured":
      return closedPortComplaints(link, outcome.measure.closedPorts ?? []);
    case "unheard":
      return [
        {
          what: `${from}: cannot listen on ${address}: ${outcome.failure.message}`,
          details: [],
          remedy: "name an interface that it has with --network-interface",
        },
      ];
    case "unreached": {
      const { code, message } = outcome.failure;
      const trouble = linkTrouble(code, link);
      const why = trouble === undefined ? message : `${trouble.name}: ${message}`;
      return [
        {
          what: `${to} does not reach ${from} at ${address}: ${why}`,
          details: [],
          remedy: isLoopback(address)
            ? `no other host reaches that: name another interface of ${from} with --network-interface, or none`
            : trouble?.remedy,
        },
      ];
    }
  }
}

/** The port that was measured is open; others that ranks may get are not. */
function closedPortComplaints(link: LinkFinding, closed: readonly ClosedPort[]): Complaint[] {
  const [first] = closed;
  if (first === undefined) return [];
  const { from, to, address } = link;
  const trouble = linkTrouble(first.code, link);
  const ports = closed.map(({ port }) => port).join(", ");
  return [
    {
      what: `${to} reaches ${from} at ${address}, but not its ports ${ports}: ${trouble?.name ?? first.code}`,
      details: [],
      remedy: trouble?.remedy,
    },
  ];
}
