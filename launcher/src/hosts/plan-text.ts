/**
 * What --dry-run prints of a job's hosts. Pure.
 *
 *   6 ranks on 2 hosts
 *     node1          ranks 0-3  this machine
 *     me@node2:2222  ranks 4-5  over ssh
 */
import { hostText } from "./host-entry.js";
import { type HostPlan } from "./host-plan.js";

export function planText(plan: HostPlan): string {
  const rows = plan.map(({ host, firstRank, localSize }) => [
    hostText(host),
    localSize === 1 ? `rank ${firstRank}` : `ranks ${firstRank}-${firstRank + localSize - 1}`,
    host.isLocal ? "this machine" : host.reach === "ssh" ? "over ssh" : `by ${host.reach}`,
  ]);
  const width = (column: number): number =>
    Math.max(...rows.map((row) => (row[column] ?? "").length));
  const widths = [width(0), width(1), 0];
  const size = plan.reduce((sum, { localSize }) => sum + localSize, 0);
  return [
    `${counted(size, "rank")} on ${counted(plan.length, "host")}`,
    ...rows.map((row) => `  ${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")}`),
  ].join("\n");
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
