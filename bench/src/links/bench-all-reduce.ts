/**
 * How much of a slow link an all-reduce uses: two hosts, which are network namespaces of this machine,
 * joined by links that tc shapes to a rate; ranks talk TLS, as across any hosts. In each round every
 * contender is launched once, forwards and backwards in turn, and plain TCP in both directions at once
 * is measured before, since an all-reduce uses both. Wants root, and what `npm run test:hosts` wants.
 */
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHosts, type Hosts } from "@kolo/test/hosts/hosts";
import { measureTransfer } from "@kolo/test/hosts/transfer";
import { findPeers } from "../collectives/find-peers.js";
import {
  type MeasuringPlan,
  type PlannedCase,
  type Samples,
  warmUpsFor,
} from "../collectives/measuring-plan.js";
import { percentile } from "../percentile.js";
import { provenance } from "../provenance.js";
import {
  launchCommand,
  type LinkChoice,
  type LinkContender,
  linkContenders,
  type linkPeers,
} from "./all-reduce-contender.js";
import { allReduceReport, nameOf } from "./all-reduce-report.js";
import { type AllReduceRound, allReduceRow } from "./all-reduce-row.js";
import { bitsPerSecondOf, type Rate } from "./rate.js";
import { runOnHosts } from "./run-on-hosts.js";
import { wireBytesSent } from "./wire-bytes.js";

export interface AllReduceOptions extends Omit<LinkChoice, "hasOpenMpi"> {
  readonly rates: readonly Rate[];
  readonly bytes: readonly number[];
  /** Undefined: those that are installed. */
  readonly peers: readonly (typeof linkPeers)[number][] | undefined;
  readonly rounds: number;
  /** Of measuring, in each launch. */
  readonly seconds: number;
  readonly json: string | undefined;
}

/** Of plain TCP each way. */
const transferSeconds = 2;
const hostCount = 2;

export async function benchAllReduce(options: AllReduceOptions): Promise<void> {
  const origin = provenance();
  const hosts = await createHosts({ count: hostCount });
  try {
    const openMpi = options.peers?.includes("none") === true ? undefined : preparePeer(hosts);
    const contenders = linkContenders({ ...options, hasOpenMpi: openMpi !== undefined });
    const rows = [];
    for (const rate of options.rates) {
      await Promise.all(hosts.all.map((host) => host.shape({ rate })));
      for (const bytes of options.bytes) {
        const launches = await inTurns(hosts, contenders, { ...options, rate, bytes, openMpi });
        const link = { rate, bitsPerSecond: bitsPerSecondOf(rate), hosts: hostCount, bytes };
        rows.push(
          ...contenders.map((one) =>
            allReduceRow({ ...one, ...link, launches: launches.get(one) ?? [] }, origin),
          ),
        );
        if (options.json !== undefined) {
          writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);
        }
      }
    }
    console.log(allReduceReport(rows));
  } finally {
    await hosts.close();
  }
}

interface Turns extends Pick<AllReduceOptions, "rounds" | "seconds"> {
  readonly rate: Rate;
  readonly bytes: number;
  readonly openMpi: string | undefined;
}

async function inTurns(
  hosts: Hosts,
  contenders: readonly LinkContender[],
  { rounds, seconds, rate, bytes, openMpi }: Turns,
): Promise<Map<LinkContender, AllReduceRound[]>> {
  const planned: PlannedCase = { bytes, op: "sum", dtype: "float32", warmUps: warmUpsFor(bytes) };
  const plan: MeasuringPlan = { cases: [planned], seconds, minRuns: 5, maxRuns: 200 };
  const launches = new Map<LinkContender, AllReduceRound[]>(contenders.map((one) => [one, []]));
  const tcpBytes = (bitsPerSecondOf(rate) / 8) * transferSeconds;
  for (let round = 1; round <= rounds; round++) {
    const tcpBitsPerSecond = await plainTcp(hosts, tcpBytes);
    console.error(
      `round ${round}/${rounds}  plain TCP  ${(tcpBitsPerSecond / 1e6).toFixed(1)} Mbit/s`,
    );
    for (const contender of round % 2 === 1 ? contenders : [...contenders].reverse()) {
      const { command, env } = launchCommand(contender, { hosts, plan, openMpi });
      const before = await Promise.all(hosts.all.map(wireBytesSent));
      const [samples] = (await runOnHosts(hosts, command, env)) as readonly Samples[];
      const after = await Promise.all(hosts.all.map(wireBytesSent));
      if (samples === undefined) throw new Error(`${command.join(" ")} printed no figures`);
      const { durationsUs } = samples;
      const sent = Math.max(...after.map((count, index) => count - (before[index] ?? NaN)));
      const wireBytes = sent / (planned.warmUps + durationsUs.length);
      launches.get(contender)?.push({ durationsUs, wireBytes, tcpBitsPerSecond });
      const name = `${nameOf(contender)}, ${contender.ranksPerHost} a host`;
      const ms = (percentile(durationsUs, 0.5) / 1000).toFixed(0);
      console.error(`round ${round}/${rounds}  ${name.padEnd(28)}  ${ms} ms`);
    }
  }
  return launches;
}

/** The slower direction of two at once. */
async function plainTcp(hosts: Hosts, bytes: number): Promise<number> {
  const [one, other] = [hosts.host(0), hosts.host(1)];
  const both = await Promise.all([
    measureTransfer(one, other, bytes),
    measureTransfer(other, one, bytes),
  ]);
  return Math.min(...both.map(({ bitsPerSecond }) => bitsPerSecond));
}

/** Compiles Open MPI's program where all hosts see it; undefined where that cannot be. */
function preparePeer(hosts: Hosts): string | undefined {
  const { programs, missing, dispose } = findPeers(["openmpi"]);
  try {
    for (const sentence of missing) console.error(`without ${sentence}`);
    const compiled = programs.get("openmpi-tcp");
    if (compiled === undefined) return undefined;
    const program = join(hosts.folder, "all_reduce");
    copyFileSync(compiled, program);
    return program;
  } finally {
    dispose();
  }
}
