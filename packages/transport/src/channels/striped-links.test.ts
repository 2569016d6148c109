import { describe, expect, it } from "@jest/globals";
import { KoloError } from "@kolo/core";
import fc from "fast-check";
import { createGrpcTransport } from "../grpc/grpc-transport.js";
import { Inbox, type MessageSource } from "../inbox.js";
import { type IncomingSegment, type Receiver, type Transport } from "../link.js";
import { createTcpTransport } from "../tcp/tcp-transport.js";
import { Collector } from "../testing/collector.js";
import { cleanedUp } from "../testing/over-sockets.js";
import { startProxy } from "../testing/proxy.js";
import { segmentOf } from "../testing/segments.js";
import { StripedIncomingLink } from "./striped-incoming-link.js";

const cleanups = cleanedUp();

/** A channel whose segments arrive by hand, and wait where it is paused. */
class FakeChannel implements MessageSource {
  readonly inbox: Inbox;
  readonly open: () => void;
  hasEnded = false;
  readonly #arrived: IncomingSegment[] = [];
  #isPaused = false;

  constructor(receiver: Receiver, open: () => void) {
    this.inbox = new Inbox({ peer: 0, receiver, segmentBytes: 64, source: this });
    this.open = open;
  }

  arrive(sequence: number): void {
    const { memory, byteOffset, ...header } = segmentOf({ sequence });
    this.#arrived.push({ ...header, message: Buffer.from(memory), payloadOffset: byteOffset });
    this.#readOn();
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#readOn();
  }

  stop(): void {
    this.hasEnded = true;
  }

  #readOn(): void {
    while (!this.#isPaused) {
      const segment = this.#arrived.shift();
      if (segment === undefined) return;
      this.inbox.take(segment);
    }
  }
}

function stripe(channelCount: number) {
  const collector = new Collector();
  const channels: FakeChannel[] = [];
  const link = new StripedIncomingLink({
    ...{ peer: 0, receiver: collector, channelCount },
    dial: (_channel, receiver, onOpen) => {
      const channel = new FakeChannel(receiver, onOpen);
      channels.push(channel);
      return channel.inbox;
    },
  });
  return { collector, channels, link };
}

describe("a striped link", () => {
  it("has the order of one link, whichever channel is ahead, and whenever segments are held", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.array(fc.record({ lane: fc.nat(7), hold: fc.boolean() }), { maxLength: 60 }),
        fc.nat(60),
        (channelCount, moves, openAt) => {
          const { collector, channels, link } = stripe(channelCount);
          const [last, ...others] = [...channels].reverse();
          for (const { open } of others) open();
          const sent = channels.map(() => 0);
          for (const [move, { lane, hold }] of moves.entries()) {
            if (move === openAt) last?.open();
            if (move < openAt) expect(collector.offers).toBe(0);
            collector.isHolding = hold;
            const channel = lane % channelCount;
            const sequence = (sent[channel] ?? 0) * channelCount + channel;
            sent[channel] = (sent[channel] ?? 0) + 1;
            channels[channel]?.arrive(sequence);
          }
          collector.isHolding = false;
          if (openAt >= moves.length) last?.open();
          link.resume();
          // All up to the first that has not been sent.
          const gap = Math.min(...sent.map((count, channel) => count * channelCount + channel));
          expect(collector.collected.map(({ sequence }) => sequence)).toEqual(
            Array.from({ length: gap }, (_, i) => i),
          );
        },
      ),
    );
  });

  it("ends all channels with the first that fails, and tells of it once", () => {
    const { collector, channels } = stripe(3);
    const lost = new KoloError("peer_lost", "the first", { peer: 0 });
    channels[1]?.inbox.fail(lost);
    channels[2]?.inbox.fail(new KoloError("peer_lost", "the second", { peer: 0 }));
    expect(collector.failures).toEqual([lost]);
    expect(channels.map(({ hasEnded }) => hasEnded)).toEqual([true, true, true]);
  });
});

describe.each([
  ["grpc", createGrpcTransport],
  ["tcp", createTcpTransport],
] as const)("%s with several channels", (_name, createTransport) => {
  it("loses a peer once, on both sides, when one of its connections breaks", async () => {
    const shared = { size: 2, generation: 1, token: "0123456789abcdef", segmentBytes: 4096 };
    const transports: Transport[] = [0, 1].map((rank) =>
      createTransport({ ...shared, rank, channels: 3, listenOn: { host: "127.0.0.1" } }),
    );
    const [server, client] = transports;
    if (server === undefined || client === undefined) throw new Error("expected two ranks");
    for (const transport of transports) cleanups.push(() => transport.close());
    const proxy = await startProxy(await server.listen());
    cleanups.push(() => proxy.close());
    client.setPeers([proxy.address, ""]);

    const collector = new Collector();
    client.dial(0, collector);
    const outgoing = server.serve(1);
    for (let i = 0; i < 9; i++) outgoing.send(segmentOf({ sequence: i }));
    await collector.has(9);
    const memory = Buffer.alloc(4096);
    for (let i = 0; i < 10_000; i++) outgoing.send(segmentOf({ sequence: 9 + i, memory }));
    const flushed = expect(outgoing.flushed()).rejects.toMatchObject({
      code: "peer_lost",
      context: { peer: 1 },
    });
    await collector.has(100);
    proxy.cutLast();
    expect(await collector.failure()).toMatchObject({ code: "peer_lost", context: { peer: 0 } });
    await flushed;
    expect(collector.failures).toHaveLength(1);
  });
});
