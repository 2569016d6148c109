/** Sends bytes from one host to another by one TCP connection, and measures at the receiver. */
import type { Host } from "./host.js";
import { succeeded } from "./running-command.js";

const receiver = `
  let bytes = 0, startedMs;
  const server = require("node:net").createServer((socket) => {
    socket.on("data", (part) => {
      startedMs ??= performance.now();
      bytes += part.length;
    });
    socket.on("end", () => {
      console.log(JSON.stringify({ bytes, durationMs: performance.now() - startedMs }));
      server.close();
    });
  });
  server.listen(0, process.argv[1], () => console.error("port", server.address().port));
`;
const sender = `
  const [address, port, bytes] = process.argv.slice(1);
  require("node:net").connect(Number(port), address).end(Buffer.alloc(Number(bytes)));
`;

export interface Transfer {
  readonly bytes: number;
  readonly bitsPerSecond: number;
}

export async function measureTransfer(from: Host, to: Host, bytes: number): Promise<Transfer> {
  const receiving = to.start("node", ["-e", receiver, to.address]);
  await receiving.printed("\n");
  const port = /port (\d+)/.exec(receiving.stderr())?.[1] ?? "";
  const sent = from.exec("node", ["-e", sender, to.address, port, String(bytes)]);
  await succeeded("sending", sent);
  const received = JSON.parse(await succeeded("receiving", receiving.done)) as {
    bytes: number;
    durationMs: number;
  };
  if (received.bytes !== bytes) throw new Error(`sent ${bytes} bytes, received ${received.bytes}`);
  return { bytes, bitsPerSecond: (bytes * 8) / (received.durationMs / 1000) };
}
