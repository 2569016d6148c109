import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { createLogger, ManualClock } from "@kolo/core";
import { createGrpcTransport } from "./grpc/grpc-transport.js";
import { createTcpTransport } from "./tcp/tcp-transport.js";
import { Collector } from "./testing/collector.js";
import { cleanedUp, ranksOver } from "./testing/over-sockets.js";
import { segmentOf } from "./testing/segments.js";

describe.each([
  ["grpc", createGrpcTransport],
  ["tcp", createTcpTransport],
] as const)("a transport over %s", (name, createTransport) => {
  const cleanups = cleanedUp();
  const { create, pull } = ranksOver(createTransport, cleanups);

  it.each([
    ["another token", { token: "the token of another" }, "unauthenticated"],
    ["a token of equal length", { token: "the token of the jox" }, "unauthenticated"],
    ["another generation", { generation: 2 }, "generation_stale"],
    ["a rank that is not in the world", { rank: 5, size: 6 }, "message_invalid"],
    ["the rank that it calls", { rank: 2, size: 3 }, "message_invalid"],
    ["another number of channels", { channels: 2 }, "message_invalid"],
  ])("has its door shut for %s, and says so", async (_what, options, code) => {
    const lines: string[] = [];
    const server = create({ logger: createLogger("warn", (line) => lines.push(line)) });
    server.serve(1).send(segmentOf());
    const collector = pull(await server.listen(), options);
    const failure = await collector.failure();
    expect(failure).toMatchObject({ code, context: { peer: 0 } });
    expect([collector.offers, collector.failures.length]).toEqual([0, 1]);
    expect(lines[0]).toContain("refused a pull");
  });

  it("is shut for a second process with the same rank, and stays open for the first", async () => {
    const server = create();
    const address = await server.listen();
    const first = pull(address);
    const link = server.serve(1);
    link.send(segmentOf());
    await first.has(1);
    const second = pull(address);
    expect(await second.failure()).toMatchObject({ code: "unauthenticated" });
    link.send(segmentOf());
    await first.has(2);
    expect([first.failures, second.offers]).toEqual([[], 0]);
  });

  it("opens on loopback only, since nothing is encrypted", () => {
    for (const host of ["0.0.0.0", "::", "192.168.0.1", "127.example.org"]) {
      expect(() => create({ listenOn: { host } })).toThrow("[config_invalid]");
    }
    expect(create({ listenOn: { host: "::1" } }).name).toBe(name);
  });

  it("gives up a peer that does not answer in time", async () => {
    const silent = createServer();
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    cleanups.push(() => silent.close());
    const clock = new ManualClock();
    const { port } = silent.address() as AddressInfo;
    const collector = pull(`127.0.0.1:${port}`, { clock, connectTimeoutMs: 5000 });
    clock.advance(4999);
    expect(collector.failures).toEqual([]);
    clock.advance(1);
    expect(collector.failures).toMatchObject([{ code: "peer_lost", context: { peer: 0 } }]);
  });

  it("does not give up a peer that has answered, and sends nothing for long", async () => {
    const clock = new ManualClock();
    const server = create({ clock });
    const collector = pull(await server.listen(), { clock });
    server.serve(1).send(segmentOf());
    await collector.has(1);
    clock.advance(3_600_000);
    server.serve(1).send(segmentOf());
    await collector.has(2);
    expect(collector.failures).toEqual([]);
  });

  it("sends what was sent before it closes, then ends the peers' streams", async () => {
    const server = create();
    const collector = pull(await server.listen());
    const link = server.serve(1);
    link.send(segmentOf());
    await collector.has(1);
    for (let i = 0; i < 100; i++) link.send(segmentOf({ count: 256 }));
    await server.close();
    expect(collector.collected.length).toBe(101);
    expect(collector.failures).toEqual([]);
  });

  it("cuts off a peer that does not read when it closes, after a short while", async () => {
    const clock = new ManualClock();
    const server = create({ clock, segmentBytes: 2 ** 20 });
    const collector = new Collector();
    collector.isHolding = true;
    const peer = create({ rank: 1, segmentBytes: 2 ** 20 });
    peer.setPeers([await server.listen(), ""]);
    const incoming = peer.dial(0, collector);
    const memory = Buffer.alloc(2 ** 20);
    for (let i = 0; i < 64; i++) server.serve(1).send(segmentOf({ memory }));
    await collector.until(() => collector.offers > 0);
    const flushed = expect(server.serve(1).flushed()).rejects.toMatchObject({ code: "peer_lost" });
    const closed = server.close();
    clock.advance(1000);
    await Promise.all([closed, flushed]);
    collector.isHolding = false;
    incoming.resume();
    expect(await collector.failure()).toMatchObject({ code: "peer_lost" });
  });
});
