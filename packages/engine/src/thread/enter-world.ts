/** From the launcher's environment to a place in the world: transport up, coordinator joined. */
import { type KoloError, type RankEnvironment } from "@kolo/core";
import {
  joinWorld,
  type Membership,
  type OperationProgress,
  type RankStatistics,
} from "@kolo/rendezvous";
import {
  createGrpcTransport,
  createMemoryNetwork,
  defaultSegmentBytes,
  type Transport,
} from "@kolo/transport";
import { hostname } from "node:os";
import { openControlPipe } from "./control-pipe.js";

/** The only membership of the world there is, as long as ranks neither join nor leave. */
const generation = 1;

export interface WorldHooks {
  readonly progress: () => OperationProgress;
  readonly statistics: () => RankStatistics;
  readonly onAbort: (error: KoloError) => void;
}

export interface EnteredWorld {
  readonly transport: Transport;
  /** Undefined in a world of one that no launcher started. */
  readonly membership: Membership | undefined;
}

export async function enterWorld(
  environment: RankEnvironment | undefined,
  hooks: WorldHooks,
): Promise<EnteredWorld> {
  if (environment === undefined) return { transport: solo(), membership: undefined };
  const { rank, size } = environment.world;
  const token = await openControlPipe(environment.controlFd);
  const transport = createGrpcTransport({
    rank,
    size,
    generation,
    token,
    segmentBytes: defaultSegmentBytes,
  });
  const address = await transport.listen();
  const membership = await joinWorld({
    coordinator: environment.coordinator,
    token,
    rank,
    size,
    address,
    host: hostname(),
    transport: transport.name,
    ...hooks,
  });
  transport.setPeers(membership.members.map((member) => member.address));
  return { transport, membership };
}

function solo(): Transport {
  const [transport] = createMemoryNetwork(1);
  if (transport === undefined) throw new Error("a network of one has one member");
  return transport;
}
