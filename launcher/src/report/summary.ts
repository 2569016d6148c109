/**
 * What the job did, from every rank's statistics. Pure.
 *
 *   tsrun: 3740 steps on 4 ranks in 52.3 s
 *     samples/s    4571 in all, 1143 a rank
 *     a step       13.98 ms = compute 10.10 (72 %) + pack 0.41 (3 %) + wait 2.97 (21 %) + unpack 0.50 (4 %)
 *     bytes sent   1.23 GB a rank, 329 kB a step
 *     uncompressed 49.2 GB a rank, 40.0 times as much
 *     plan         a1b2c3d4
 *
 * Times are means over ranks; the total, and with it the rate, is that of the slowest rank. They are
 * sums over steps: what is no part of one (the start, validation, callbacks between epochs) is not in
 * them. In a loop of the script's own a step begins where the one before ended, whatever the script
 * does meanwhile, and nobody knows its samples; then steps/s take the place of samples/s.
 */
import { type RankStatistics } from "@kolo/rendezvous";
import { rateText } from "../progress/progress-text.js";

/** The lines to print; none where there was no step. By rank, undefined where nothing is known. */
export function summaryText(
  statistics: readonly (RankStatistics | undefined)[],
): string | undefined {
  const stepped = statistics.flatMap((rank) =>
    rank !== undefined && rank.steps > 0 ? [rank] : [],
  );
  if (stepped.length === 0) return undefined;
  const steps = Math.max(...stepped.map((rank) => rank.steps));
  const seconds = Math.max(...stepped.map(busyMs)) / 1000;
  const rate = (count: number): number => (seconds > 0 ? count / seconds : 0);
  const samplesPerSecond = rate(sum(stepped.map((rank) => rank.samples)));
  const known = stepped.every((rank) => rank.sampledBatches === rank.microBatches);

  const perStep = (pick: (rank: RankStatistics) => number): number =>
    mean(stepped.map((rank) => pick(rank) / rank.steps));
  const stepMs = perStep(busyMs);
  const part = (name: string, ms: number): string =>
    `${name} ${ms.toFixed(2)} (${stepMs > 0 ? Math.round((100 * ms) / stepMs) : 0} %)`;
  const parts = [
    part(
      "compute",
      perStep((rank) => rank.computeMs),
    ),
    part(
      "pack",
      perStep((rank) => rank.packMs),
    ),
    part(
      "wait",
      perStep((rank) => rank.waitMs),
    ),
    part(
      "unpack",
      perStep((rank) => rank.unpackMs),
    ),
  ];
  const sent = stepped.map((rank) => rank.bytesSent);
  const uncompressed = mean(stepped.map((rank) => rank.bytesUncompressed));
  const least = bytesText(Math.min(...sent));
  const most = bytesText(Math.max(...sent));
  const plans = [...new Set(stepped.map((rank) => rank.planHash).filter((hash) => hash !== ""))];

  const skipped = Math.max(...stepped.map((rank) => rank.skippedSteps));
  const size = statistics.length;
  return [
    `tsrun: ${countText(steps)} on ${size} ${size === 1 ? "rank" : "ranks"} in ${seconds.toFixed(1)} s`,
    known
      ? `  samples/s    ${rateText(samplesPerSecond)} in all, ${rateText(samplesPerSecond / stepped.length)} a rank`
      : `  steps/s      ${rateText(rate(steps))}`,
    `  a step       ${stepMs.toFixed(2)} ms = ${parts.join(" + ")}`,
    `  bytes sent   ${least === most ? most : `${least} to ${most}`} a rank, ${bytesText(mean(sent) / steps)} a step`,
    ...(uncompressed > mean(sent)
      ? [
          `  uncompressed ${bytesText(uncompressed)} a rank, ${(uncompressed / mean(sent)).toFixed(1)} times as much`,
        ]
      : []),
    ...(skipped > 0
      ? [`  skipped      ${countText(skipped)}, with gradients that were not finite`]
      : []),
    ...(plans.length > 0 ? [`  plan         ${plans.join(", ")}`] : []),
  ].join("\n");
}

/** 1_230_000 → "1.23 MB": powers of ten, three digits. */
export function bytesText(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit === 0 ? value.toFixed(0) : value.toPrecision(3);
  return `${digits} ${units[unit] ?? "B"}`;
}

function countText(steps: number): string {
  return `${steps} ${steps === 1 ? "step" : "steps"}`;
}

function busyMs(rank: RankStatistics): number {
  return rank.computeMs + rank.packMs + rank.waitMs + rank.unpackMs;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
