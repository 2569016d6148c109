/**
 * From the launcher's environment to a place in the world, in two steps: what takes time is prepared
 * while the script loads; the coordinator is joined when it calls init(), since from then on it waits
 * for the other ranks, and they for it.
 */
import type { KoloError } from "@kolo/core";
import {
  joinWorld,
  type Membership,
  type OperationProgress,
  type RankStatistics,
} from "@kolo/rendezvous";
import {
  createGrpcTransport,
  createMemoryNetwork,
  createTcpTransport,
  type Transport,
} from "@kolo/transport";
import { hostname } from "node:os";
import { segmentBytes } from "../planning.js";
import { stderrLogger } from "../stderr-logger.js";
import { type ThreadData } from "../thread-messages.js";
import { openControlPipe } from "./control-pipe.js";

/** The only membership of the world there is, as long as ranks neither join nor leave. */
const generation = 1;

export interface WorldHooks {
  readonly progress: () => OperationProgress;
  readonly statistics: () => RankStatistics;
  readonly onAbort: (error: KoloError) => void;
}

export interface WorldEntry {
  readonly transport: Transport;
  /** Resolves when every rank has joined; with undefined in a world that no launcher started. */
  readonly join: () => Promise<Membership | undefined>;
}

export async function prepareWorld(
  data: Pick<ThreadData, "environment" | "controlFd" | "launch" | "koloVersion">,
  hooks: WorldHooks,
): Promise<WorldEntry> {
  const { environment, koloVersion } = data;
  const secrets =
    data.launch ??
    (data.controlFd === undefined
      ? undefined
      : openControlPipe(data.controlFd, environment?.timelineParts));
  if (environment === undefined || secrets === undefined) {
    return { transport: solo(), join: () => Promise.resolve(undefined) };
  }
  const { rank, size } = environment.world;
  const launch = await secrets;
  const { token, secure } = launch;
  const createTransport = environment.transport.endsWith("tcp")
    ? createTcpTransport
    : createGrpcTransport;
  const logger = stderrLogger(environment);
  const transport = createTransport({
    ...launch,
    rank,
    size,
    generation,
    segmentBytes,
    channels: environment.exchange?.channels ?? 1,
    logger,
  });
  const address = await transport.listen();
  logger.debug(
    `serves segments on ${address} over ${transport.name}, ` +
      (secure === undefined ? "not encrypted" : "with mutual TLS"),
  );
  const join = async (): Promise<Membership> => {
    const membership = await joinWorld({
      coordinator: environment.coordinator,
      token,
      ...(secure !== undefined && { secure }),
      rank,
      size,
      address,
      host: hostname(),
      coordinatedBy: data.launch === undefined ? "tsrun" : "rank 0",
      transport: transport.name,
      koloVersion,
      ...hooks,
    });
    transport.setPeers(membership.members.map((member) => member.address));
    return membership;
  };
  return { transport, join };
}

function solo(): Transport {
  const [transport] = createMemoryNetwork(1);
  if (transport === undefined) throw new Error("a network of one has one member");
  return transport;
}
