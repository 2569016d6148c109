import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, expect, it } from "@jest/globals";
import { createLogger, elementBytes, ManualClock } from "@kolo/core";
import fc from "fast-check";
import { type IncomingSegment, type Receiver, type SegmentHeader } from "../link.js";
import { Collector } from "../testing/collector.js";
import { cleanedUp, ranksOver, token } from "../testing/over-sockets.js";
import { segmentOf } from "../testing/segments.js";
import { startProxy } from "../testing/proxy.js";
import { encodeFrameHeader, endFrame } from "./frame-header.js";
import {
  greetingBytes,
  helloBytes,
  makeAnswer,
  makeGreeting,
  makeHello,
  statuses,
} from "./handshake.js";
import { createTcpTransport } from "./tcp-transport.js";

const cleanups = cleanedUp();
const { create, pull } = ranksOver(createTcpTransport, cleanups);

/** A bare connection to a rank, and all that comes from there until it ends. */
function stranger(address: string): { socket: Socket; heard: Promise<Buffer> } {
  const [host = "", port] = address.split(":");
  const socket = connect(Number(port), host);
  cleanups.push(() => socket.destroy());
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => undefined);
  const heard = new Promise<Buffer>((resolve) => {
    socket.on("close", () => {
      resolve(Buffer.concat(chunks));
    });
  });
  return { socket, heard };
}

async function listening(serve: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => {
    cleanups.push(() => socket.destroy());
    socket.on("error", () => undefined);
    serve(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A rank 0 of the same manners up to the answer, which then sends these bytes and breaks off. */
function impostor(bytes: Buffer, itsToken = token): Promise<string> {
  return listening((socket) => {
    const greeting = makeGreeting();
    socket.write(greeting);
    socket.once("data", (hello: Buffer) => {
      socket.end(Buffer.concat([makeAnswer("accepted", greeting, hello, itsToken), bytes]));
    });
  });
}

function warnings(): { logger: ReturnType<typeof createLogger>; lines: string[] } {
  const lines: string[] = [];
  return { logger: createLogger("warn", (line) => lines.push(line)), lines };
}

describe("the tcp transport's door", () => {
  it("is shut for a call meant for another rank", async () => {
    const server = create({ size: 3 });
    const address = await server.listen();
    const dialling = create({ rank: 1, size: 3 });
    dialling.setPeers(["", "", address]);
    const collector = new Collector();
    dialling.dial(2, collector);
    expect(await collector.failure()).toMatchObject({ code: "message_invalid" });
  });

  it("is shut for a hello that was overheard", async () => {
    const server = create({});
    const address = await server.listen();
    const overheard = makeHello(
      { rank: 1, peer: 0, generation: 1, channel: 0, channels: 1 },
      makeGreeting(),
      token,
    );
    const { socket, heard } = stranger(address);
    socket.write(overheard);
    const answer = (await heard).subarray(greetingBytes);
    expect(answer.readUInt32LE(0)).toBe(statuses.unauthenticated);
    expect(answer.subarray(4).every((byte) => byte === 0)).toBe(true);
  });

  it("cuts off who says too much, something else, or nothing in time", async () => {
    const clock = new ManualClock();
    const { logger, lines } = warnings();
    const server = create({ clock, logger });
    const address = await server.listen();
    const endless = stranger(address);
    endless.socket.write(Buffer.alloc(helloBytes + 1));
    expect((await endless.heard).length).toBeLessThanOrEqual(greetingBytes);
    const http = stranger(address);
    http.socket.write("GET / HTTP/1.1\r\n".padEnd(helloBytes));
    expect((await http.heard).readUInt32LE(greetingBytes)).toBe(statuses.malformed);
    const slow = stranger(address);
    slow.socket.write(Buffer.alloc(helloBytes - 1));
    await once(slow.socket, "data");
    clock.advance(10_000);
    await slow.heard;
    expect(lines.length).toBe(3);
    const collector = pull(address);
    server.serve(1).send(segmentOf());
    await collector.has(1);
  });

  it("does not send the token", async () => {
    const said: Buffer[] = [];
    const address = await listening((socket) => {
      socket.write(makeGreeting());
      socket.on("data", (bytes: Buffer) => {
        said.push(bytes);
        socket.end();
      });
    });
    await pull(address).failure();
    expect(Buffer.concat(said).length).toBe(helloBytes);
    expect(Buffer.concat(said).includes(token)).toBe(false);
  });
});

describe("pulling over tcp", () => {
  it("refuses a peer that cannot prove that it knows the token", async () => {
    const address = await impostor(endFrame, "another token");
    expect(await pull(address).failure()).toMatchObject({ code: "unauthenticated" });
  });

  it("refuses a peer of another protocol", async () => {
    const address = await listening((socket) => socket.write("HTTP/1.1 200 OK\r\n".padEnd(100)));
    expect(await pull(address).failure()).toMatchObject({ code: "message_invalid" });
  });

  it("refuses a segment that is larger than was agreed, by its header", async () => {
    const server = create({ segmentBytes: 4096 });
    const collector = pull(await server.listen(), { segmentBytes: 1024 });
    server.serve(1).send(segmentOf({ count: 1024 / 4 }));
    server.serve(1).send(segmentOf({ count: 1024 / 4 + 1 }));
    expect(await collector.failure()).toMatchObject({ code: "message_invalid" });
    expect(collector.collected.length).toBe(1);
  });

  it.each([
    ["a stream that ends without saying so", Buffer.alloc(0)],
    ["one that ends within a header", encodeFrameHeader(segmentOf()).subarray(0, 20)],
    ["one that ends within a payload", encodeFrameHeader(segmentOf({ count: 2 }))],
  ])("takes %s for a lost peer", async (_what, bytes) => {
    const collector = pull(await impostor(bytes));
    const context = { rank: 1, peer: 0 };
    expect(await collector.failure()).toMatchObject({ code: "peer_lost", context });
    expect(collector.offers).toBe(0);
  });

  it("refuses what is no frame", async () => {
    const collector = pull(await impostor(Buffer.alloc(100, "no frame")));
    expect(await collector.failure()).toMatchObject({ code: "message_invalid" });
  });

  it("writes a payload straight to the place the receiver has for it", async () => {
    const server = create({ segmentBytes: 2 ** 20 });
    const arena = new Uint8Array(new SharedArrayBuffer(2 ** 20));
    const placed: boolean[] = [];
    const place = (_peer: number, { offset, count }: SegmentHeader): Uint8Array =>
      arena.subarray(offset * elementBytes, (offset + count) * elementBytes);
    const receiver = new Collector();
    const placing: Receiver = {
      place,
      accept: (peer: number, segment: IncomingSegment) => {
        placed.push(segment.message.buffer === arena.buffer);
        return receiver.accept(peer, segment);
      },
      fail: (peer, error) => {
        receiver.fail(peer, error);
      },
    };
    const transport = create({ rank: 1, segmentBytes: 2 ** 20 });
    transport.setPeers([await server.listen(), ""]);
    transport.dial(0, placing);
    const memory = Buffer.alloc(2 ** 20, "0123456789abcdef");
    for (let offset = 0; offset < 2 ** 18; offset += 2 ** 16) {
      const byteOffset = offset * elementBytes;
      server.serve(1).send(segmentOf({ offset, count: 2 ** 16, memory, byteOffset }));
    }
    await receiver.has(4);
    expect(placed).toEqual([true, true, true, true]);
    expect(Buffer.from(arena).equals(memory)).toBe(true);
  });

  it("fails the link with what the receiver says of a place", async () => {
    const server = create({});
    const collector = new Collector();
    const refusal = new RangeError("no such place");
    const transport = create({ rank: 1 });
    transport.setPeers([await server.listen(), ""]);
    transport.dial(0, {
      accept: () => true,
      fail: (peer, error) => {
        collector.fail(peer, error);
      },
      place: () => {
        throw refusal;
      },
    });
    server.serve(1).send(segmentOf());
    expect(await collector.failure()).toMatchObject({ code: "internal", cause: refusal });
  });

  it("loses nothing where segments are held again and again, and cut anyhow", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 10_000, max: 200_000 }),
        fc.nat(2 ** 31),
        fc.array(fc.nat(16_000), { minLength: 1, maxLength: 10 }),
        async (mostPieceBytes, seed, counts) => {
          let state = seed;
          const random = (below: number): number => {
            state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
            return (state >>> 8) % below;
          };
          const server = create({ segmentBytes: 65_536 });
          const proxy = await startProxy(await server.listen(), () =>
            Math.max(1000, mostPieceBytes - random(mostPieceBytes)),
          );
          cleanups.push(() => proxy.close());
          const collector = new Collector();
          const transport = create({ rank: 1, segmentBytes: 65_536 });
          transport.setPeers([proxy.address, ""]);
          const receiver: Receiver = {
            accept: (peer, segment) => {
              collector.isHolding = !collector.isHolding && random(2) === 0;
              return collector.accept(peer, segment);
            },
            fail: (peer, error) => {
              collector.fail(peer, error);
            },
          };
          const link = transport.dial(0, receiver);
          const sent = counts.map((count, sequence) => {
            const memory = Buffer.alloc(count * 4).map((_, i) => seed + sequence + i + (i >> 8));
            return segmentOf({ sequence, description: `operation ${sequence}`, memory });
          });
          for (const segment of sent) server.serve(1).send(segment);
          let offers = 0;
          while (collector.collected.length < sent.length) {
            await collector.until(() => collector.offers > offers);
            offers = collector.offers;
            link.resume();
          }
          expect(collector.collected.map(({ payload }) => payload)).toEqual(
            sent.map(({ memory }) => memory),
          );
          expect(collector.failures).toEqual([]);
        },
      ),
      { numRuns: 8 },
    );
  });
});

describe("closing the tcp transport", () => {
  it("delivers what is held when the peer has closed already", async () => {
    const server = create({});
    const collector = new Collector();
    collector.isHolding = true;
    const peer = create({ rank: 1 });
    peer.setPeers([await server.listen(), ""]);
    const incoming = peer.dial(0, collector);
    for (let i = 0; i < 5; i++) server.serve(1).send(segmentOf({ count: 256 }));
    await collector.until(() => collector.offers === 1);
    await server.close();
    collector.isHolding = false;
    incoming.resume();
    await collector.has(5);
    expect(collector.failures).toEqual([]);
  });
});
