/**
 * Where the coordinator and the ranks of a job listen, and whether they speak TLS. On one host it is
 * loopback, and the token is enough. On several, each listens on the address of its host from which its
 * neighbour in the ring is reached, and speaks mutual TLS, unless the user has typed --insecure.
 */
import { networkInterfaces } from "node:os";
import {
  chooseAddress,
  type Environment,
  expectReachable,
  type Interfaces,
  isKoloError,
  KoloError,
  type ListenOn,
  pickAddress,
} from "@kolo/core";
import { type PlacedHost } from "./place-hosts.js";
import { pretendedNetwork } from "./pretended-network.js";

export interface JobNetwork {
  readonly isSecure: boolean;
  readonly insecure?: boolean;
  readonly listenOn?: (rank: number) => ListenOn;
  /** Undefined: on loopback. */
  readonly coordinator?: ListenOn;
}

export interface NetworkQuestion {
  readonly placed: readonly PlacedHost[];
  readonly insecure: boolean;
  /** What --network-interface said: on each host, the first that it has. */
  readonly networkInterfaces: readonly string[];
  readonly environment: Environment;
}

/** Throws `config_invalid` and `transport_unavailable`, naming the host. */
export async function planNetwork(question: NetworkQuestion): Promise<JobNetwork> {
  const { placed, insecure, environment } = question;
  const first = placed.find(({ remote }) => remote !== undefined)?.remote;
  if (first === undefined) return pretendedNetwork(environment);
  for (const { name, remote } of placed) if (remote !== undefined) expectReachable(name, remote);
  const here = await chooseAddress(first.reachedAt, nameHere(question));
  const reached = placed.map(({ remote }) => remote?.reachedAt ?? here);
  const addresses = placed.map((host, index) => {
    const peer = reached[(index + 1) % placed.length] ?? here;
    return addressOf(host, peer, question.networkInterfaces) ?? here;
  });
  return {
    isSecure: !insecure,
    ...(insecure && { insecure }),
    coordinator: { host: here },
    listenOn: (rank) => {
      const index = placed.findIndex(({ firstRank, localSize }) => rank - firstRank < localSize);
      return { host: addresses[index] ?? here };
    },
  };
}

function nameHere({ networkInterfaces: names }: NetworkQuestion): string | undefined {
  return firstOf(names, networkInterfaces());
}

/** Undefined for this machine. Throws `config_invalid` and `transport_unavailable`, naming the host. */
export function addressOf(
  { name, remote }: Pick<PlacedHost, "name" | "remote">,
  peer: string,
  names: readonly string[],
): string | undefined {
  if (remote === undefined) return undefined;
  const { interfaces, reachedAt } = remote;
  const networkInterface = firstOf(names, interfaces);
  try {
    return pickAddress({ interfaces, peer, ...(networkInterface && { networkInterface }) });
  } catch (error) {
    if (!isKoloError(error)) throw error;
    // Behind a router: where ssh has reached it, others may.
    const own = Object.values(interfaces).flatMap((infos) => infos ?? []);
    const isOwn = own.some(({ address }) => address === reachedAt);
    if (error.code === "transport_unavailable" && isOwn) return reachedAt;
    const message = error.message.replace(`[${error.code}] `, "");
    throw new KoloError(error.code, `host ${name}: ${message}`, { host: name });
  }
}

/** The first of these names that a host has; the first of all, to be refused, where it has none. */
export function firstOf(names: readonly string[], interfaces: Interfaces): string | undefined {
  return names.find((name) => interfaces[name] !== undefined) ?? names[0];
}
