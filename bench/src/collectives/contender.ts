/** Who is measured: ours over every transport, the peers, and the machine's limit, at each np. Pure. */

export interface Contender {
  /**
   * "kolo" from the program's array and back into it, "kolo-arena" in place, as the optimizer does;
   * "memory-limit" is what the memory could do.
   */
  readonly impl: "kolo" | "kolo-arena" | Peer | "memory-limit";
  /** Between ranks: "shm", "grpc", "tcp"; "memory" for the limit. */
  readonly transport: string;
  readonly np: number;
}

export type Peer = "gloo" | "openmpi-shm" | "openmpi-tcp" | "tensorflow";

export const transportChoices = ["shm", "grpc", "tcp"] as const;
export const peerChoices = ["gloo", "openmpi", "tensorflow", "none"] as const;

const peerTransports: Record<Peer, string> = {
  gloo: "tcp",
  "openmpi-shm": "shm",
  "openmpi-tcp": "tcp",
  tensorflow: "grpc",
};

export interface Choice {
  readonly sizes: readonly number[];
  readonly transports: readonly string[];
  readonly peers: readonly Peer[];
}

/** In the order in which they run. An all-reduce among one rank moves nothing: that is left out. */
export function contendersOf({ sizes, transports, peers }: Choice): Contender[] {
  return sizes
    .filter((np) => np > 1)
    .flatMap((np) => [
      ...transports.flatMap((transport): Contender[] => [
        { impl: "kolo-arena", transport, np },
        { impl: "kolo", transport, np },
      ]),
      ...peers.map((impl): Contender => ({ impl, transport: peerTransports[impl], np })),
      { impl: "memory-limit", transport: "memory", np },
    ]);
}

/** "kolo-arena shm", but "gloo": a peer's name says what carries it. */
export function nameOf({ impl, transport }: Pick<Contender, "impl" | "transport">): string {
  return impl === "kolo" || impl === "kolo-arena" ? `${impl} ${transport}` : impl;
}
