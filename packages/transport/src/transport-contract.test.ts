import { createGrpcTransport } from "./grpc/grpc-transport.js";
import { createMemoryNetwork } from "./memory/memory-transport.js";
import { createTcpTransport } from "./tcp/tcp-transport.js";
import { contractOver } from "./testing/over-sockets.js";
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
  const host = "127.0.0.1";
  for (const subject of [
    contractOver(`grpc over TCP${over}`, (options) =>
      createGrpcTransport({ ...options, listenOn: { host }, channels }),
    ),
    contractOver(`grpc over Unix sockets${over}`, (options) =>
      createGrpcTransport({ ...options, channels }),
    ),
    contractOver(`tcp${over}`, (options) => createTcpTransport({ ...options, channels })),
  ]) {
    describeTransport(subject);
  }
}
