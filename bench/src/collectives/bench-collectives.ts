/**
 * All-reduce over real processes, in the manner of nccl-tests, with peers beside it. Contenders take
 * turns: in each round every one is launched once, forwards and backwards in turn, so that a machine
 * whose speed drifts is slow for all of them.
 */
import { writeFileSync } from "node:fs";
import { formatBytes } from "@kolo/core";
import { percentile } from "../percentile.js";
import { provenance } from "../provenance.js";
import { type Operator } from "./cells.js";
import { collectiveRows } from "./collective-row.js";
import {
  type Contender,
  contendersOf,
  nameOf,
  peerChoices,
  type transportChoices,
} from "./contender.js";
import { findPeers } from "./find-peers.js";
import { launch, type LaunchSettings } from "./launch.js";
import {
  type Case,
  type ElementType,
  type MeasuringPlan,
  type Samples,
  warmUpsFor,
} from "./measuring-plan.js";
import { printReport } from "./print-report.js";

export interface CollectivesOptions {
  readonly sizes: readonly number[];
  readonly bytes: readonly number[];
  readonly transports: readonly (typeof transportChoices)[number][];
  /** Undefined: those that are installed. */
  readonly peers: readonly (typeof peerChoices)[number][] | undefined;
  readonly ops: readonly Operator[];
  readonly dtypes: readonly ElementType[];
  readonly rounds: number;
  /** Of measuring each case, in each launch. */
  readonly seconds: number;
  readonly json: string | undefined;
}

export function benchCollectives(options: CollectivesOptions): void {
  const origin = provenance();
  const wanted = (options.peers ?? peerChoices).filter((peer) => peer !== "none");
  const peers = findPeers(options.peers?.includes("none") === true ? [] : wanted);
  for (const sentence of peers.missing) console.error(`without ${sentence}`);
  try {
    const contenders = contendersOf({ ...options, peers: [...peers.programs.keys()] });
    const cases = casesOf(options);
    const planned = cases.map((one) => ({ ...one, warmUps: warmUpsFor(one.bytes) }));
    const plan: MeasuringPlan = {
      ...{ cases: planned, seconds: options.seconds },
      ...{ minRuns: 5, maxRuns: 2000 },
    };
    const launches = inTurns(contenders, options.rounds, { plan, programs: peers.programs });
    const measured = contenders.map((contender) => ({
      contender,
      launches: launches.get(contender) ?? [],
    }));
    const rows = collectiveRows(measured, cases, origin);
    printReport(rows, peers);
    if (options.json !== undefined) {
      writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);
    }
  } finally {
    peers.dispose();
  }
}

function casesOf({ bytes, ops, dtypes }: CollectivesOptions): Case[] {
  const odd = bytes.find((one) => one % 4 !== 0 || one === 0);
  if (odd !== undefined) throw new Error(`expected --bytes to be multiples of 4, got ${odd}`);
  return ops.flatMap((op) =>
    dtypes.flatMap((dtype) => bytes.map((one) => ({ op, dtype, bytes: one }))),
  );
}

function inTurns(
  contenders: readonly Contender[],
  rounds: number,
  settings: LaunchSettings,
): Map<Contender, Samples[][]> {
  const launches = new Map<Contender, Samples[][]>(contenders.map((one) => [one, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const contender of round % 2 === 1 ? contenders : [...contenders].reverse()) {
      const samples = launch(contender, settings);
      launches.get(contender)?.push(samples);
      const times = samples.map(
        ({ bytes, durationsUs }) =>
          `${formatBytes(bytes)} ${Math.round(percentile(durationsUs, 0.5))} µs`,
      );
      const name = `${nameOf(contender)}, np ${contender.np}`;
      console.error(`round ${round}/${rounds}  ${name.padEnd(22)}  ${times.join(", ")}`);
    }
  }
  return launches;
}
