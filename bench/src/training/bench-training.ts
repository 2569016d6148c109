/**
 * Training speed, side by side. The machine's speed drifts from minute to minute, so contenders take
 * turns: in each round every one is launched once, in processes of its own, forwards and backwards
 * in turn. What counts is the median over all rounds, and ratios.
 */
import { writeFileSync } from "node:fs";
import { provenance } from "../provenance.js";
import {
  type Choice,
  type Contender,
  contendersOf,
  nameOf,
  type peerChoices,
} from "./contender.js";
import { findTorch, howToGetTorch, type Torch } from "./find-torch.js";
import { launch, type LaunchSettings } from "./launch.js";
import { type Measurement, median, samplesPerSecond } from "./measurement.js";
import { printReport } from "./print-report.js";
import { type Measured, trainingRows } from "./training-row.js";

export interface TrainingOptions extends Omit<Choice, "torch"> {
  /** Undefined: PyTorch where it is installed. */
  readonly peers: readonly (typeof peerChoices)[number][] | undefined;
  readonly rounds: number;
  /** Of each of the repeats in a launch. */
  readonly steps: number;
  readonly profile: boolean;
  readonly json: string | undefined;
}

const repeats = 5;
const warmUpSteps = 10;

export function benchTraining(options: TrainingOptions): void {
  const origin = provenance();
  const torch = torchIfWanted(options.peers);
  const settings: LaunchSettings = {
    plan: { warmUpSteps: Math.min(warmUpSteps, options.steps), steps: options.steps, repeats },
    python: torch?.python ?? "",
  };
  const contenders = contendersOf({ ...options, torch: torch !== undefined });
  const launches = inTurns(contenders, options.rounds, settings);
  const measured = contenders.map((contender): Measured => {
    const one = { contender, launches: launches.get(contender) ?? [] };
    return options.profile && isProfiled(contender, options.sizes, one.launches)
      ? { ...one, profile: launch(contender, { ...settings, profile: true }).profile ?? [] }
      : one;
  });
  const rows = trainingRows(measured, origin);
  printReport(rows, torch?.version);
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);
  }
}

function inTurns(
  contenders: readonly Contender[],
  rounds: number,
  settings: LaunchSettings,
): Map<Contender, Measurement[]> {
  const launches = new Map<Contender, Measurement[]>(contenders.map((one) => [one, []]));
  const slow = new Set<Contender>();
  for (let round = 1; round <= rounds; round++) {
    for (const contender of round % 2 === 1 ? contenders : [...contenders].reverse()) {
      if (slow.has(contender)) continue;
      const measurement = launch(contender, settings);
      launches.get(contender)?.push(measurement);
      const rate = median(samplesPerSecond(measurement, contender.np));
      console.error(
        `round ${round}/${rounds}  ${nameOf(contender).padEnd(40)} ${rate.toFixed(1).padStart(7)} samples/s`,
      );
      if (isSlow(measurement)) slow.add(contender);
    }
  }
  return launches;
}

/** One process, and the largest world, which shows what the others cost. */
function isProfiled(
  { impl, np }: Contender,
  sizes: readonly number[],
  launches: readonly Measurement[],
): boolean {
  return impl === "kolo" && (np === 1 || np === Math.max(...sizes)) && !launches.some(isSlow);
}

/** Found its steps too slow to repeat, as tfjs' cpu backend does: the first round is enough of it. */
function isSlow({ repeatMs }: Measurement): boolean {
  return repeatMs.length < repeats;
}

function torchIfWanted(peers: TrainingOptions["peers"]): Torch | undefined {
  if (peers?.includes("none") === true) return undefined;
  const torch = findTorch();
  if (torch !== undefined) return torch;
  const missing = `PyTorch was not found. ${howToGetTorch}`;
  if (peers !== undefined) throw new Error(`--peers torch: ${missing}`);
  console.error(`without a peer: ${missing}`);
  return undefined;
}
