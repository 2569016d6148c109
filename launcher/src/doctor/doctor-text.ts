/**
 * What `tsrun doctor` prints: a table of hosts, one of links, and what is to be mended. Pure.
 */
import { hostComplaints, linkComplaints, maxClockSkewMs, troubleOf } from "./complaints.js";
import {
  type Complaint,
  type HostFinding,
  type LinkFinding,
  type NameDifference,
} from "./findings.js";
import { linkTrouble } from "./troubles.js";

export interface Diagnosis {
  readonly text: string;
  /** Nothing is to be mended. */
  readonly ok: boolean;
}

export function diagnosis(
  hosts: readonly HostFinding[],
  links: readonly LinkFinding[],
  names: readonly NameDifference[] = [],
): Diagnosis {
  const complaints = [...hosts.flatMap(hostComplaints), ...distinct(links.flatMap(linkComplaints))];
  const parts = [
    columns([
      ["host", "name", "ssh", "kolo", "node", "clock", "listens on"],
      ...hosts.map(hostRow),
    ]),
    links.length === 0
      ? "one host: no links to test"
      : columns([["link", "reached", "round trip", "bandwidth"], ...links.map(linkRow)]),
    complaints.length === 0
      ? "nothing to mend"
      : [`${complaints.length} to mend:`, ...complaints.map(complaintText)].join("\n"),
    ...(names.length === 0 ? [] : [["to know:", ...names.map(nameText)].join("\n")]),
  ];
  return { text: parts.join("\n\n"), ok: complaints.length === 0 };
}

function hostRow(host: HostFinding): string[] {
  const { name, isLocal, agent, problem } = host;
  const named = addressText(host);
  if (agent === undefined) {
    const isReached = problem !== undefined && problem.code !== "host_unreachable";
    const trouble = problem === undefined ? undefined : troubleOf(problem);
    const ssh = isReached ? "yes" : trouble === undefined ? "no" : `no: ${trouble.name}`;
    const differs = (what: "kolo" | "Node"): string =>
      problem?.differs === what ? "differs" : "-";
    return [name, named, ssh, differs("kolo"), differs("Node"), "-", "-"];
  }
  const { koloVersion, nodeVersion, clockAheadMs, address = "-" } = agent;
  const clock = isLocal ? "-" : clockText(clockAheadMs);
  return [name, named, isLocal ? "here" : "yes", koloVersion, nodeVersion, clock, address];
}

/** What the name is here. One that only ssh's configuration knows is no mistake. */
function addressText({ addresses, agent }: HostFinding): string {
  if (addresses === undefined) return "-";
  const [first] = addresses;
  return first ?? (agent === undefined ? "unknown" : "ssh's own");
}

/** kolo dials addresses that hosts have told, so this is no mistake by itself. */
function nameText({ host, name, there, here }: NameDifference): string {
  return (
    `  ${host} knows ${name} as ${there.join(", ")}, this machine as ${here.join(", ")}: ` +
    "kolo dials the address that ssh has reached, but who dials by name may find another machine"
  );
}

/** "+0.0 s", and where it matters also "no". */
function clockText(aheadMs: number): string {
  const text = `${aheadMs < 0 ? "-" : "+"}${(Math.abs(aheadMs) / 1000).toFixed(1)} s`;
  return Math.abs(aheadMs) > maxClockSkewMs ? `no: ${text}` : text;
}

function linkRow(link: LinkFinding): string[] {
  const { from, to, isRing, outcome } = link;
  const name = `${from} -> ${to}${isRing ? "" : " (coordinator)"}`;
  if (outcome.kind === "untested") return [name, "-", "-", outcome.reason];
  if (outcome.kind !== "measured") {
    const trouble = linkTrouble(outcome.failure.code, link);
    return [name, trouble === undefined ? "no" : `no: ${trouble.name}`];
  }
  const { roundTripMs, bitsPerSecond } = outcome.measure;
  const bandwidth = bitsPerSecond === undefined ? "-" : bandwidthText(bitsPerSecond);
  return [name, "yes", `${roundTripMs.toFixed(2)} ms`, bandwidth];
}

function bandwidthText(bitsPerSecond: number): string {
  const isGiga = bitsPerSecond >= 1e9;
  return isGiga
    ? `${(bitsPerSecond / 1e9).toFixed(1)} Gbit/s`
    : `${(bitsPerSecond / 1e6).toFixed(1)} Mbit/s`;
}

function complaintText({ what, details, remedy }: Complaint): string {
  const lines = [`  ${what}`, ...details.map((line) => `    ${line}`)];
  if (remedy !== undefined) lines.push(`    to mend it: ${remedy}`);
  return lines.join("\n");
}

/** A link of the ring may be the coordinator's too. */
function distinct(complaints: readonly Complaint[]): Complaint[] {
  return [...new Map(complaints.map((complaint) => [complaint.what, complaint])).values()];
}

function columns(rows: readonly (readonly string[])[]): string {
  const count = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
