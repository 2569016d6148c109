import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:http2";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "@jest/globals";
import {
  Client,
  credentials,
  Metadata,
  type MethodDefinition,
  Server,
  ServerCredentials,
  type ServerWritableStream,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import { ManualClock } from "@kolo/core";
import fc from "fast-check";
import { type Transport } from "../link.js";
import { segmentHeaderBytes } from "../segment-codec.js";
import { Collector } from "../testing/collector.js";
import { segmentOf } from "../testing/segments.js";
import { startProxy } from "../testing/proxy.js";
import { createGrpcTransport, type GrpcTransportOptions } from "./grpc-transport.js";
import { pullPath, requestHeaders } from "./call-headers.js";

const token = "the token of the job";
const loopback = "127.0.0.1";
const asIs = (bytes: Buffer): Buffer => bytes;
/** The method as grpc-js wants to have it described: both sides must get along with another gRPC. */
const pullMethod: MethodDefinition<Buffer, Buffer> = {
  path: pullPath,
  requestStream: false,
  responseStream: true,
  requestSerialize: asIs,
  requestDeserialize: asIs,
  responseSerialize: asIs,
  responseDeserialize: asIs,
};
type PullCall = ServerWritableStream<Buffer, Buffer>;
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function create(options: Partial<GrpcTransportOptions>): Transport {
  const defaults = { rank: 0, size: 2, generation: 1, token, segmentBytes: 1024 };
  const transport = createGrpcTransport({ ...defaults, ...options });
  cleanups.push(() => transport.close());
  return transport;
}

/** Rank 1 pulls from the rank 0 that listens at this address. */
function pull(address: string, options: Partial<GrpcTransportOptions> = {}): Collector {
  const collector = new Collector();
  const transport = create({ rank: 1, ...options });
  transport.setPeers(Array.from({ length: options.size ?? 2 }, () => address));
  transport.dial(0, collector);
  return collector;
}

/** What a bare client of the service is told. */
async function refusalOf(address: string, request: Buffer, metadata: Metadata): Promise<status> {
  const client = new Client(address, credentials.createInsecure());
  cleanups.push(() => {
    client.close();
  });
  const stream = client.makeServerStreamRequest(pullPath, asIs, asIs, request, metadata);
  stream.resume();
  const error = await new Promise<ServiceError>((resolve) => stream.once("error", resolve));
  return error.code;
}

/** A rank 0 of the same protocol and other manners. */
async function impostor(send: (call: PullCall) => void): Promise<string> {
  const server = new Server();
  server.addService({ Pull: pullMethod }, { Pull: send });
  cleanups.push(() => {
    server.forceShutdown();
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return `127.0.0.1:${port}`;
}

describe("the gRPC transport's door", () => {
  it.each([
    ["another token", { token: "the token of another" }, "unauthenticated"],
    ["a token of equal length", { token: "the token of the jox" }, "unauthenticated"],
    ["another generation", { generation: 2 }, "generation_stale"],
    ["a rank that is not in the world", { rank: 5, size: 6 }, "message_invalid"],
    ["the rank that it calls", { rank: 2, size: 3 }, "message_invalid"],
    ["another number of channels", { channels: 2 }, "message_invalid"],
  ])("is shut for %s", async (_what, options, code) => {
    const server = create({});
    server.serve(1).send(segmentOf());
    const collector = pull(await server.listen(), options);
    const failure = await collector.failure();
    expect(failure).toMatchObject({ code, context: { peer: 0 } });
    expect(collector.offers).toBe(0);
  });

  it("is shut for a second process with the same rank, and stays open for the first", async () => {
    const server = create({});
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

  it("looks at the token before the request", async () => {
    const server = create({ host: loopback });
    const address = await server.listen();
    const nonsense = Buffer.from("nonsense");
    const withToken = new Metadata();
    withToken.set("authorization", `Bearer ${token}`);
    const bare = new Metadata();
    bare.set("authorization", token);
    for (const metadata of [new Metadata(), bare]) {
      expect(await refusalOf(address, nonsense, metadata)).toBe(status.UNAUTHENTICATED);
    }
    expect(await refusalOf(address, nonsense, withToken)).toBe(status.INVALID_ARGUMENT);
    const large = await refusalOf(address, Buffer.alloc(100), withToken);
    expect(large).toBe(status.RESOURCE_EXHAUSTED);
  });

  it("opens on loopback only", () => {
    for (const host of ["0.0.0.0", "::", "192.168.0.1", "127.example.org"]) {
      expect(() => create({ host })).toThrow("[config_invalid]");
    }
    expect(create({ host: "::1" }).name).toBe("grpc");
  });
});

describe("pulling over gRPC", () => {
  it("refuses a message above a segment and its header", async () => {
    const server = create({ segmentBytes: 4096 });
    const collector = pull(await server.listen(), { segmentBytes: 1024 });
    server.serve(1).send(segmentOf({ count: 1024 / 4 }));
    server.serve(1).send(segmentOf({ count: Math.ceil((1024 + segmentHeaderBytes) / 4) }));
    expect(await collector.failure()).toMatchObject({ code: "message_invalid" });
    expect(collector.collected.length).toBeLessThanOrEqual(1);
    expect(collector.offers).toBe(collector.collected.length);
  });

  it("refuses what is no segment", async () => {
    const address = await impostor((call) => {
      call.write(Buffer.from("no segment"));
    });
    const collector = pull(address);
    const failure = await collector.failure();
    expect(failure).toMatchObject({ code: "message_invalid", context: { peer: 0 } });
    expect(collector.offers).toBe(0);
  });

  it.each([
    [status.UNIMPLEMENTED, "message_invalid"],
    [status.INTERNAL, "peer_lost"],
    [status.UNAVAILABLE, "peer_lost"],
  ])("takes the status %i for %s", async (grpcStatus, code) => {
    const address = await impostor((call) => {
      call.emit("error", { code: grpcStatus, details: "as told" });
    });
    expect(await pull(address).failure()).toMatchObject({ code, context: { rank: 1, peer: 0 } });
  });

  it("gives up a peer that does not answer in time", async () => {
    const silent = createServer();
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    cleanups.push(() => silent.close());
    const clock = new ManualClock();
    const port = (silent.address() as AddressInfo).port;
    const collector = pull(`127.0.0.1:${port}`, { clock, connectTimeoutMs: 5000 });
    clock.advance(4999);
    expect(collector.failures).toEqual([]);
    clock.advance(1);
    expect(collector.failures).toMatchObject([{ code: "peer_lost", context: { peer: 0 } }]);
  });

  it("does not give up a peer that has answered, and sends nothing for long", async () => {
    const clock = new ManualClock();
    const server = create({});
    const collector = pull(await server.listen(), { clock });
    server.serve(1).send(segmentOf());
    await collector.has(1);
    clock.advance(3_600_000);
    server.serve(1).send(segmentOf());
    await collector.has(2);
    expect(collector.failures).toEqual([]);
  });

  it("needs no more than the bytes in order: they may come in any pieces", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 200 }),
        fc.nat(2 ** 31),
        fc.array(fc.nat(100), { minLength: 1, maxLength: 6 }),
        async (mostPieceBytes, seed, counts) => {
          let state = seed;
          const pieceBytes = (): number => {
            state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
            return 1 + ((state >>> 8) % mostPieceBytes);
          };
          const server = create({ host: loopback });
          const proxy = await startProxy(await server.listen(), pieceBytes);
          cleanups.push(() => proxy.close());
          const collector = pull(proxy.address);
          const sent = counts.map((count, sequence) => {
            const memory = Buffer.alloc(count * 4).map((_, i) => seed + sequence + i);
            return segmentOf({ sequence, description: `operation ${sequence}`, memory });
          });
          for (const segment of sent) server.serve(1).send(segment);
          await collector.has(sent.length);
          expect(collector.collected.map(({ payload }) => payload)).toEqual(
            sent.map(({ memory }) => memory),
          );
          expect(collector.failures).toEqual([]);
        },
      ),
      { numRuns: 20 },
    );
  });
});

describe("closing the gRPC transport", () => {
  it("sends what was sent before, then ends the peers' streams", async () => {
    const server = create({});
    const collector = pull(await server.listen());
    const link = server.serve(1);
    link.send(segmentOf());
    await collector.has(1);
    for (let i = 0; i < 100; i++) link.send(segmentOf({ count: 256 }));
    await server.close();
    expect(collector.collected.length).toBe(101);
    expect(collector.failures).toEqual([]);
  });

  it("ends the stream of a peer that comes too late for it", async () => {
    const server = create({ host: loopback });
    const session = connect(`http://${await server.listen()}`);
    cleanups.push(() => {
      session.destroy();
    });
    await once(session, "connect");
    const stream = session.request(requestHeaders(token)).resume();
    // Once the answer to this is there, the server has seen the headers.
    await new Promise((resolve) => session.ping(resolve));
    const closed = server.close();
    stream.end(Buffer.from([0, 0, 0, 0, 6, 8, 1, 16, 1, 32, 1]));
    const [trailers] = (await once(stream, "trailers")) as unknown[];
    expect(trailers).toMatchObject({ "grpc-status": "0" });
    await closed;
  });

  it("cuts off a peer that does not read, after a short while", async () => {
    const clock = new ManualClock();
    const server = create({ clock, segmentBytes: 2 ** 20 });
    const collector = new Collector();
    collector.isHolding = true;
    const peer = create({ rank: 1, segmentBytes: 2 ** 20 });
    peer.setPeers([await server.listen(), ""]);
    peer.dial(0, collector);
    const memory = Buffer.alloc(2 ** 20);
    for (let i = 0; i < 64; i++) server.serve(1).send(segmentOf({ memory }));
    await collector.until(() => collector.offers > 0);
    const flushed = expect(server.serve(1).flushed()).rejects.toMatchObject({ code: "peer_lost" });
    const closed = server.close();
    clock.advance(1000);
    await Promise.all([closed, flushed]);
    expect(await collector.failure()).toMatchObject({ code: "peer_lost" });
  });

  it("lets the process end by itself", async () => {
    const script = `
      const { createGrpcTransport } = require(${JSON.stringify(join(__dirname, "grpc-transport.js"))});
      const { segmentOf } = require(${JSON.stringify(join(__dirname, "../testing/segments.js"))});
      const make = (rank) => createGrpcTransport(
        { rank, size: 2, generation: 0, token: "a token for two", segmentBytes: 1024 });
      (async () => {
        const [a, b] = [make(0), make(1)];
        const addresses = [await a.listen(), await b.listen()];
        for (const transport of [a, b]) transport.setPeers(addresses);
        a.serve(1).send(segmentOf({ count: 4 }));
        await new Promise((resolve, reject) => {
          b.dial(0, { accept: () => (resolve(), true), fail: (peer, error) => reject(error) });
        });
        await Promise.all([a.close(), b.close()]);
        console.log("closed");
      })();`;
    const child = promisify(execFile)(process.execPath, ["-e", script], { timeout: 20_000 });
    expect((await child).stdout).toBe("closed\n");
  });
});
