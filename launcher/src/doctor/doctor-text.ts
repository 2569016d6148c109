/**
 * What `tsrun doctor` prints: a table of hosts, one of links, and what is to be mended. Pure.
 */
import { hostComplaints, linkComplaints, maxClockSkewMs } from "./complaints.js";
import { type Complaint, type HostFinding, type LinkFinding } from "./findings.js";

export interface Diagnosis {
  readonly text: string;
  /** Nothing is to be mended. */
  readonly ok: boolean;
}

export function diagnosis(hosts: readonly HostFinding[], links: readonly LinkFinding[]): Diagnosis {
  const complaints = [...hosts.flatMap(hostComplaints), ...distinct(links.flatMap(linkComplaints))];
  const parts = [
    columns([["host", "ssh", "kolo", "node", "clock", "listens on"], ...hosts.map(hostRow)]),
    links.length === 0
      ? "one host: no links to test"
      : columns([["link", "reached", "round trip", "bandwidth"], ...links.map(linkRow)]),
    complaints.length === 0
      ? "nothing to mend"
      : [`${complaints.length} to mend:`, ...complaints.map(complaintText)].join("\n"),
  ];
  return { text: parts.join("\n\n"), ok: complaints.length === 0 };
}

function hostRow({ name, isLocal, agent, problem }: HostFinding): string[] {
  if (agent === undefined) {
    const isReached = problem !== undefined && problem.code !== "host_unreachable";
    const kolo = problem?.code === "host_mismatch" ? "differs" : "-";
    return [name, isReached ? "yes" : "no", kolo, "-", "-", "-"];
  }
  const { koloVersion, nodeVersion, clockAheadMs, address = "-" } = agent;
  const clock = isLocal ? "-" : clockText(clockAheadMs);
  return [name, isLocal ? "here" : "yes", koloVersion, nodeVersion, clock, address];
}

/** "+0.0 s", and where it matters also "no". */
function clockText(aheadMs: number): string {
  const text = `${aheadMs < 0 ? "-" : "+"}${(Math.abs(aheadMs) / 1000).toFixed(1)} s`;
  return Math.abs(aheadMs) > maxClockSkewMs ? `no: ${text}` : text;
}

function linkRow({ from, to, isRing, outcome }: LinkFinding): string[] {
  const name = `${from} -> ${to}${isRing ? "" : " (coordinator)"}`;
  if (outcome.kind === "untested") return [name, "-", "-", outcome.reason];
  if (outcome.kind !== "measured") return [name, "no"];
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
