import { createGrpcTransport } from "./grpc/grpc-transport.js";
import { createMemoryNetwork } from "./memory/memory-transport.js";
import { createTcpTransport } from "./tcp/tcp-transport.js";
import { startProxy } from "./testing/proxy.js";
import { describeTransport } from "./transport-contract.js";

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

for (const channels of [1, 3]) {
  const over = channels === 1 ? "" : `, ${channels} channels`;
  const tcp = { host: "127.0.0.1", channels };
  describeOverSockets(`grpc over TCP${over}`, createGrpcTransport, tcp);
  describeOverSockets(`grpc over Unix sockets${over}`, createGrpcTransport, { channels });
  describeOverSockets(`tcp${over}`, createTcpTransport, tcp);
}

function describeOverSockets(
  name: string,
  createTransport: typeof createGrpcTransport | typeof createTcpTransport,
  listening: { readonly host?: string; readonly channels: number },
): void {
  describeTransport({
    name,
    create: async (size, segmentBytes) => {
      const token = "0123456789abcdef";
      const transports = Array.from({ length: size }, (_, rank) =>
        createTransport({ rank, size, generation: 1, token, segmentBytes, ...listening }),
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
  });
}
