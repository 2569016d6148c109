/**
 * The agent: starts and watches one host's ranks for a tsrun that runs elsewhere and talks to it over
 * two streams, which ssh or srun carries (frame.ts). It decides nothing about the job.
 *
 * It lives as long as its input. When that ends (ssh died, tsrun is gone), when nothing comes for too
 * long (the network was cut), when what comes makes no sense, or when it is told to end by a signal,
 * it ends every group of processes it has started, politely at first, removes what they wrote for tsrun
 * to fetch, and ends itself: nothing of the job stays on its host.
 */
import { type Clock, type Environment, KoloError, reachedAtAddress } from "@kolo/core";
import { availableParallelism, networkInterfaces } from "node:os";
import { dirname } from "node:path";
import { type Readable, type Writable } from "node:stream";
import { findPackage } from "../check/find-package.js";
import { type ProbeOrder } from "../doctor/probe-messages.js";
import { createProbeService } from "../doctor/probe-service.js";
import { listGpus } from "../gpus/list-gpus.js";
import { rankArguments } from "../ranks/rank-command.js";
import { messageOf } from "../report/message-of.js";
import { type ChannelEnd, type FrameChannel, openFrameChannel } from "./frame-channel.js";
import { type Frame, FrameReader, type OrderKind, orders } from "./frame.js";
import { greeting } from "./greeting.js";
import { endRanks } from "./end-ranks.js";
import { type HostedRank, hostRank } from "./hosted-rank.js";
import { machineIdentity } from "./machine-identity.js";
import {
  type ClockReading,
  type Collect,
  encodeJson,
  type Hello,
  type Prepare,
  readClocks,
  readCredit,
  readJson,
  readStream,
  type Ready,
  type SpawnOrder,
} from "./messages.js";
import { missingHere } from "./missing-here.js";
import { namePartsFolder, removeParts } from "./parts-folder.js";
import { pickPlanningVariables } from "./planning-variables.js";

export interface AgentOptions {
  readonly input: Readable;
  readonly output: Writable;
  readonly clock: Clock;
  readonly koloVersion: string;
  /** Absolute path of the module that every rank loads first. */
  readonly preload: string;
  readonly resolveTsx: () => string;
  readonly environment: Environment;
  /** Told once it is over, with what to say of it; undefined: it ended as it should. */
  readonly onOver: (reason: string | undefined) => void;
}

export interface Agent {
  /** Ends all ranks; then onOver is called. */
  readonly end: (reason?: string) => void;
  /** Kills all ranks now: for an agent that is about to be gone, whatever the reason. */
  readonly kill: () => void;
}

const gpuPackage = "@tensorflow/tfjs-node-gpu";
/** Until prepare says how long: tsrun may wait for a slower host first. */
const firstSilenceMs = 60_000;

export function serveJob(options: AgentOptions): Agent {
  const { clock, environment, preload, resolveTsx } = options;
  const ranks = new Map<number, HostedRank>();
  const probes = createProbeService();
  const partsFolder = namePartsFolder();
  let prepared: Prepare | undefined;
  let ending = false;

  const end = (reason?: string): void => {
    if (ending) return;
    ending = true;
    channel.close();
    probes.close();
    void endRanks([...ranks.values()], clock).then(() => {
      removeParts(partsFolder);
      options.onOver(reason);
    });
  };

  // What came before the first frame is tsrun's own greeting: none.
  options.output.write(greeting);
  const reader = new FrameReader(orders);
  const channel = openFrameChannel({
    input: options.input,
    output: options.output,
    clock,
    decode: (chunk) => reader.push(chunk),
    onFrame: handle,
    onEnd: (how) => {
      end(endText(how));
    },
  });
  channel.onDrain(() => {
    hold(false);
  });
  channel.send("hello", 0, encodeJson(helloOf(options.koloVersion)));
  channel.watch(firstSilenceMs);
  return {
    end,
    kill: () => {
      for (const rank of ranks.values()) rank.signal("SIGKILL");
      removeParts(partsFolder);
    },
  };

  function hold(held: boolean): void {
    for (const { pumps } of ranks.values()) {
      for (const pump of Object.values(pumps)) pump.hold(held);
    }
  }

  function handle(frame: Frame<OrderKind>): void {
    if (ending) return;
    switch (frame.kind) {
      case "prepare":
        void prepare(channel, readJson(frame) as Prepare, readClocks());
        return;
      case "spawn":
        spawn(frame);
        return;
      case "signal":
        ranks.get(frame.rank)?.signal(frame.payload.toString("latin1") as NodeJS.Signals);
        return;
      case "credit": {
        const { name, bytes } = readCredit(frame);
        ranks.get(frame.rank)?.pumps[name]?.credit(bytes);
        return;
      }
      case "abandon":
        ranks.get(frame.rank)?.pumps[readStream(frame)]?.abandon();
        return;
      case "probe":
        void probes.probe(readJson(frame) as ProbeOrder).then((reply) => {
          channel.send("probed", frame.rank, encodeJson(reply));
        });
        return;
      case "clock":
        channel.send("clocked", 0, encodeJson({ received: readClocks(), sent: readClocks() }));
        return;
      case "collect":
        collect(frame);
        return;
      case "ping":
        return;
    }
  }

  async function prepare(to: FrameChannel, job: Prepare, received: ClockReading): Promise<void> {
    prepared = job;
    to.watch(job.silenceMs);
    const gpus = job.wantsGpus ? await listGpus() : undefined;
    const noRoute: string[] = [];
    const reachedAt = await reachedAtAddress(environment).catch((error: unknown) => {
      noRoute.push(messageOf(error));
      return undefined;
    });
    const ready: Ready = {
      missing: [...missingHere({ ...job, preload, resolveTsx }), ...noRoute],
      variables: pickPlanningVariables(environment),
      ...(gpus !== undefined && { gpus }),
      gpuPackage: [dirname(job.script), job.directory].some(
        (folder) => findPackage(gpuPackage, folder) !== undefined,
      ),
      interfaces: networkInterfaces(),
      ...(reachedAt !== undefined && { reachedAt }),
      partsFolder,
      received,
      sent: readClocks(),
    };
    to.send("ready", 0, encodeJson(ready));
  }

  function spawn(frame: Frame<OrderKind>): void {
    const { rank } = frame;
    if (prepared === undefined || ranks.has(rank)) throw unexpected(frame.kind);
    const order = readJson(frame) as SpawnOrder;
    const { directory, script, scriptArguments } = prepared;
    const { nodeFlags } = order;
    const hosted = hostRank({
      rank,
      order,
      partsFolder,
      arguments: rankArguments({ script, scriptArguments, preload, resolveTsx, nodeFlags }),
      directory,
      environment,
      clock,
      send: (kind, payload) => {
        channel.send(kind, rank, payload);
        if (channel.blocked) hold(true);
      },
    });
    if (hosted !== undefined) ranks.set(rank, hosted);
  }

  function collect(frame: Frame<OrderKind>): void {
    const { file } = readJson(frame) as Collect;
    const hosted = ranks.get(frame.rank);
    // One that was never started has nothing to send.
    if (hosted === undefined) channel.send("collected", frame.rank, encodeJson({}));
    else hosted.collect(file);
  }
}

function helloOf(koloVersion: string): Hello {
  const machine = machineIdentity();
  return {
    koloVersion,
    nodeVersion: process.version,
    ...(machine !== undefined && { machine }),
    cores: availableParallelism(),
  };
}

function unexpected(kind: OrderKind): KoloError {
  return new KoloError("message_invalid", `expected no frame of kind ${kind} now`);
}

/** Undefined where there is nothing to say: this is how every job ends. */
function endText(end: ChannelEnd): string | undefined {
  switch (end.kind) {
    case "ended":
      return undefined;
    case "silent":
      return `tsrun has been silent for ${end.silenceMs / 1000} s; ending this host's ranks`;
    case "invalid":
      return `${end.reason}; ending this host's ranks`;
  }
}
