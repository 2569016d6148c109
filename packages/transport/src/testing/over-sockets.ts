/** What the tests of every transport over sockets need: worlds, and ranks that pull from others. */
import { afterEach } from "@jest/globals";
import { type Transport } from "../link.js";
import { type SocketTransportOptions } from "../socket-transport.js";
import { type ContractSubject } from "../transport-contract.js";
import { Collector } from "./collector.js";
import { startProxy } from "./proxy.js";

export const token = "the token of the job";

/** Called after each test, the latest first. */
export type Cleanups = (() => unknown)[];

export function cleanedUp(): Cleanups {
  const cleanups: Cleanups = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });
  return cleanups;
}

/** Ranks of small worlds, closed after each test. */
export function ranksOver<Options extends SocketTransportOptions>(
  createTransport: (options: Options) => Transport,
  cleanups: Cleanups,
) {
  const create = (options: Partial<Options> = {}): Transport => {
    const defaults = { rank: 0, size: 2, generation: 1, token, segmentBytes: 1024 };
    const transport = createTransport({ ...defaults, ...options } as Options);
    cleanups.push(() => transport.close());
    return transport;
  };
  /** Rank 1 pulls from the rank 0 that listens at this address. */
  const pull = (address: string, options: Partial<Options> = {}): Collector => {
    const collector = new Collector();
    const transport = create({ rank: 1, ...options });
    transport.setPeers(Array.from({ length: options.size ?? 2 }, () => address));
    transport.dial(0, collector);
    return collector;
  };
  return { create, pull };
}

/** For the contract, with proxies in between that can break all connections. */
export function contractOver(
  name: string,
  createTransport: (options: SocketTransportOptions) => Transport,
): ContractSubject {
  return {
    name,
    create: async (size, segmentBytes) => {
      const transports = Array.from({ length: size }, (_, rank) =>
        createTransport({ rank, size, generation: 1, token, segmentBytes }),
      );
      const addresses = await Promise.all(transports.map((transport) => transport.listen()));
      const proxies = await Promise.all(addresses.map((address) => startProxy(address)));
      for (const transport of transports) transport.setPeers(proxies.map(({ address }) => address));
      return {
        transports,
        // Its peers dial it and are dialled by it: all connections break.
        lose: () => {
          for (const proxy of proxies) proxy.cut();
        },
        close: async () => {
          await Promise.all(proxies.map((proxy) => proxy.close()));
        },
      };
    },
  };
}
