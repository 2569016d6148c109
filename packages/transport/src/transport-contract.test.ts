import { createGrpcTransport } from "./grpc/grpc-transport.js";
import { createMemoryNetwork } from "./memory/memory-transport.js";
import { startProxy } from "./testing/proxy.js";
import { type ContractSubject, describeTransport } from "./transport-contract.js";

describeTransport({
  name: "memory",
  create: (size, segmentBytes) => {
    const transports = createMemoryNetwork(size, { segmentBytes });
    return Promise.resolve({
      transports,
      lose: (rank) => transports[rank]?.lose(),
      close: () => Promise.resolve(),
    });
  },
});

describeTransport(grpcOver("TCP", "127.0.0.1"));
describeTransport(grpcOver("Unix sockets", undefined));

function grpcOver(sockets: string, host: string | undefined): ContractSubject {
  return {
    name: `grpc (${sockets})`,
    create: async (size, segmentBytes) => {
      const token = "0123456789abcdef";
      const transports = Array.from({ length: size }, (_, rank) =>
        createGrpcTransport({
          rank,
          size,
          generation: 1,
          token,
          segmentBytes,
          ...(host !== undefined && { host }),
        }),
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
