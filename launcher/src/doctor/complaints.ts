/** What is wrong with hosts and links, and what to do about it. Pure. */
import { isLoopback } from "@kolo/core";
import { type HostProblem } from "../remote/host-error.js";
import { type Complaint, type HostFinding, type LinkFinding } from "./findings.js";

/** TLS refuses certificates that are not valid yet; timelines and logs of hosts are put together. */
export const maxClockSkewMs = 5000;

/** What ssh says, and what helps. */
const sshRemedies: readonly (readonly [RegExp, string])[] = [
  [
    /could not resolve hostname/i,
    "write the name as DNS, /etc/hosts or ~/.ssh/config knows it, or make it known there",
  ],
  [
    /no route to host|network is unreachable/i,
    "see that it is switched on, its cable and address, and that routes lead to it",
  ],
  [
    /connection refused/i,
    "start sshd there, or name the port it listens on: host:port slots=N, or --ssh-port",
  ],
  [
    /timed out/i,
    "see that it is switched on, and that no firewall drops connections to the port of ssh",
  ],
  [
    /permission denied/i,
    "let your key in there (ssh-copy-id), or name the right one with --ssh-identity-file, " +
      "or the user with user@host",
  ],
  [
    /host key verification failed/i,
    "log in once by hand with ssh, and compare the host's key; where it has changed for a good " +
      "reason, remove the old one with ssh-keygen -R",
  ],
];

export function hostComplaints(host: HostFinding): Complaint[] {
  return [...problemComplaints(host), ...clockComplaints(host)];
}

function problemComplaints({ name, problem }: HostFinding): Complaint[] {
  if (problem === undefined) return [];
  const remedy = sshRemedy(problem);
  // Where it is known what to do, the long command is in the way.
  const details = problem.details.filter((line) => remedy === undefined || !isCommand(line));
  return [{ what: `${name}: ${problem.summary}`, details, remedy }];
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

/** Other problems say in their summary what to do. */
function sshRemedy({ code, summary, details }: HostProblem): string | undefined {
  if (code !== "host_unreachable") return undefined;
  const said = [summary, ...details.filter((line) => !isCommand(line))].join("\n");
  return sshRemedies.find(([words]) => words.test(said))?.[1];
}

function isCommand(line: string): boolean {
  return line.startsWith("command: ");
}

export function linkComplaints({ from, to, address, outcome }: LinkFinding): Complaint[] {
  if (outcome.kind === "measured" || outcome.kind === "untested") return [];
  const { code, message } = outcome.failure;
  if (outcome.kind === "unheard") {
    return [
      {
        what: `${from}: cannot listen on ${address}: ${message}`,
        details: [],
        remedy: "name an interface that it has with --network-interface",
      },
    ];
  }
  return [
    {
      what: `${to} does not reach ${from} at ${address}: ${message}`,
      details: [],
      remedy: isLoopback(address)
        ? `no other host reaches that: name another interface of ${from} with --network-interface, or none`
        : linkRemedy(code, from, to),
    },
  ];
}

function linkRemedy(code: string, from: string, to: string): string | undefined {
  const other = "or name a network that joins them with --network-interface";
  switch (code) {
    case "ECONNREFUSED":
    case "ECONNRESET":
      return `a firewall refuses it: let ${to} connect to TCP ports 1024-65535 of ${from}, ${other}`;
    case "ETIMEDOUT":
      return (
        `a firewall drops it, or no route leads there: let ${to} connect to TCP ports ` +
        `1024-65535 of ${from}, ${other}`
      );
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return `give ${to} a route to that address, ${other}`;
    default:
      return undefined;
  }
}
