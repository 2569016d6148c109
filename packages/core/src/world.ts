/** Who a rank is and among how many. Fixed for one generation. */
export interface World {
  /** 0 … size - 1, over all hosts. */
  readonly rank: number;
  /** How many ranks there are. */
  readonly size: number;
  /** 0 … localSize - 1, among the ranks of this host. */
  readonly localRank: number;
  /** How many ranks this host runs. */
  readonly localSize: number;
  /** Index of this host. */
  readonly crossRank: number;
  /** How many hosts there are. */
  readonly crossSize: number;
}

/** The ranks of each host, in ascending order; `hosts[r]` is the host of rank r. */
export function ranksByHost(hosts: readonly number[]): number[][] {
  const count = hosts.reduce((most, host) => Math.max(most, host + 1), 0);
  const members = Array.from({ length: count }, (): number[] => []);
  hosts.forEach((host, rank) => members[host]?.push(rank));
  return members;
}

/** Who a rank is where `hosts[r]` is the host of rank r. */
export function worldOn(hosts: readonly number[], rank: number): World {
  const members = ranksByHost(hosts);
  const crossRank = hosts[rank] ?? 0;
  const neighbours = members[crossRank] ?? [];
  return {
    rank,
    size: hosts.length,
    localRank: neighbours.indexOf(rank),
    localSize: neighbours.length,
    crossRank,
    crossSize: members.length,
  };
}

/** A process that no launcher started. */
export const worldOfOne: World = {
  rank: 0,
  size: 1,
  localRank: 0,
  localSize: 1,
  crossRank: 0,
  crossSize: 1,
};

/** The ring: every rank sends to its right neighbour and pulls from its left one. */
export function leftOf(world: Pick<World, "rank" | "size">): number {
  return (world.rank - 1 + world.size) % world.size;
}

export function rightOf(world: Pick<World, "rank" | "size">): number {
  return (world.rank + 1) % world.size;
}
