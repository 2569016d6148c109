import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:http2";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
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
import fc from "fast-check";
import { segmentHeaderBytes } from "../segment-codec.js";
import { cleanedUp, ranksOver, token } from "../testing/over-sockets.js";
import { segmentOf } from "../testing/segments.js";
import { startProxy } from "../testing/proxy.js";
import { createGrpcTransport } from "./grpc-transport.js";
import { pullPath, requestHeaders } from "./call-headers.js";

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
const cleanups = cleanedUp();
const { create, pull } = ranksOver(createGrpcTransport, cleanups);

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
  it("looks at the token before the request", async () => {
    const server = create({ listenOn: { host: loopback } });
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
          const server = create({ listenOn: { host: loopback } });
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
  it("ends the stream of a peer that comes too late for it", async () => {
    const server = create({ listenOn: { host: loopback } });
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
