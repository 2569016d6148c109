import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { type AddressInfo, connect as connectPlainly, createServer, type Socket } from "node:net";
import { beforeAll, describe, expect, it } from "@jest/globals";
import { createLogger, type Credentials, ManualClock } from "@kolo/core";
import { dialSecurely } from "@kolo/tls";
import { requestHeaders } from "./grpc/call-headers.js";
import { createGrpcTransport } from "./grpc/grpc-transport.js";
import { hostAndPort } from "./host-and-port.js";
import { type SocketTransportOptions } from "./socket-transport.js";
import { createTcpTransport } from "./tcp/tcp-transport.js";
import { type JobCertificates, jobCertificates } from "./testing/job-certificates.js";
import { cleanedUp, contractOver, ranksOver, token } from "./testing/over-sockets.js";
import { segmentOf } from "./testing/segments.js";
import { describeTransport } from "./transport-contract.js";

let job: JobCertificates;
beforeAll(async () => {
  job = await jobCertificates();
});

const wires = [
  ["grpc", createGrpcTransport],
  ["tcp", createTcpTransport],
] as const;

describe.each(wires)("a transport over %s with TLS", (name, createTransport) => {
  const cleanups = cleanedUp();
  const { create, pull } = ranksOver(createTransport, cleanups);

  function logged(): { logger: ReturnType<typeof createLogger>; lines: string[] } {
    const lines: string[] = [];
    return { logger: createLogger("warn", (line) => lines.push(line)), lines };
  }
  /** A rank 0 that listens, and what it logs. */
  async function serve(secure: Credentials, options: Partial<SocketTransportOptions> = {}) {
    const { logger, lines } = logged();
    const server = create({ secure, logger, ...options });
    const address = await server.listen();
    return { server, address, lines };
  }
  /** A bare connection to it, past TLS. */
  async function insider(address: string): Promise<Socket> {
    const socket = dialSecurely({
      to: hostAndPort(address),
      credentials: job.ranks[1],
      peer: { kind: "rank", rank: 0 },
      ...(name === "grpc" && { protocol: "h2" }),
    });
    cleanups.push(() => socket.destroy());
    socket.on("error", () => undefined);
    await once(socket, "secureConnect");
    return socket;
  }
  const closed = (socket: Socket): Promise<unknown> =>
    new Promise((resolve) => socket.once("close", resolve));

  it.each(["127.0.0.2", "::1"])("carries segments between ranks of a job, on %s", async (host) => {
    const { server, address, lines } = await serve(job.ranks[0], { listenOn: { host } });
    expect(hostAndPort(address).host).toBe(host);
    const collector = pull(address, { secure: job.ranks[1] });
    server.serve(1).send(segmentOf());
    await collector.has(1);
    expect([collector.failures, lines]).toEqual([[], []]);
  });

  it.each([
    [
      "a certificate of another authority",
      () => ({ secure: job.forged }),
      /another authority/,
      /SIGNATURE_FAILURE/,
    ],
    [
      "a certificate that has expired",
      () => ({ secure: job.expired[1] }),
      /its certificate has expired/,
      /CERT_HAS_EXPIRED/,
    ],
    [
      "the name of another rank",
      () => ({ secure: job.ranks[2] }),
      /got one of rank 2/,
      /another name/,
    ],
    [
      "the coordinator's certificate",
      () => ({ secure: job.coordinator }),
      /something else/,
      /INVALID/,
    ],
    [
      "the token of another job",
      () => ({ secure: job.ranks[1], token: "the token of another" }),
      /the token/,
      /does not know the token/,
    ],
  ])("has its door shut for a rank with %s, and logs it", async (_what, make, why, told) => {
    const { server, address, lines } = await serve(job.ranks[0]);
    server.serve(1).send(segmentOf());
    const collector = pull(address, make());
    const failure = await collector.failure();
    expect(failure).toMatchObject({ code: "unauthenticated", context: { rank: 1, peer: 0 } });
    expect(failure.message).toMatch(told);
    expect([collector.offers, collector.failures.length, lines.length]).toEqual([0, 1, 1]);
    expect(lines[0]).toMatch(/refused a pull from 127\.0\.0\.1:\d+: /);
    expect(lines[0]).toMatch(why);
    await pull(address, make()).failure();
    expect(lines.length).toBe(1);
  });

  it.each([
    ["that has expired", () => job.expired[0], /certificate has expired/],
    ["of another job", () => job.others[0], /another job|authority|signature|certificate/],
    ["of another rank", () => job.ranks[2], /rank 0 of this job, got one of rank 2/],
    ["of the coordinator", () => job.coordinator, /got one of the coordinator/],
  ])("is not pulled from where its certificate is one %s", async (_what, make, why) => {
    const { server, address } = await serve(make());
    server.serve(1).send(segmentOf());
    const collector = pull(address, { secure: job.ranks[1] });
    const failure = await collector.failure();
    expect(failure.code).toBe("unauthenticated");
    expect(failure.message).toMatch(why);
    expect(collector.offers).toBe(0);
  });

  it("is shut for a second process with the same rank, and stays open for the first", async () => {
    const { server, address, lines } = await serve(job.ranks[0]);
    const first = pull(address, { secure: job.ranks[1] });
    const link = server.serve(1);
    link.send(segmentOf());
    await first.has(1);
    const second = pull(address, { secure: job.ranks[1] });
    expect(await second.failure()).toMatchObject({ code: "unauthenticated" });
    link.send(segmentOf());
    await first.has(2);
    expect([first.failures, second.offers]).toEqual([[], 0]);
    expect(lines).toEqual([expect.stringMatching(/127\.0\.0\.1:\d+: .*second of rank 1/)]);
  });

  it("neither speaks with one who does not encrypt, nor takes it for a peer", async () => {
    const { address, lines } = await serve(job.ranks[0]);
    const { host, port } = hostAndPort(address);
    const plain = connectPlainly(port, host);
    const gone = closed(plain.on("error", () => undefined).resume());
    plain.write("kolo.tcp".padEnd(96, "."));
    await gone;
    expect(lines).toEqual([expect.stringContaining("does not speak TLS")]);
    const bare = create({ listenOn: { host: "127.0.0.1" } });
    const collector = pull(await bare.listen(), { secure: job.ranks[1] });
    expect(["unauthenticated", "peer_lost"]).toContain((await collector.failure()).code);
    expect(collector.offers).toBe(0);
  });

  it("does not let the payload be read on its way", async () => {
    const { server, address } = await serve(job.ranks[0]);
    const heard: Buffer[] = [];
    const eavesdropper = createServer((near) => {
      const { host, port } = hostAndPort(address);
      const far = connectPlainly(port, host);
      for (const socket of [near, far]) {
        socket.on("data", (bytes) => heard.push(bytes)).on("error", () => undefined);
      }
      near.pipe(far).pipe(near);
    });
    eavesdropper.listen(0, "127.0.0.1");
    await once(eavesdropper, "listening");
    cleanups.push(() => eavesdropper.close());
    const { port: tapped } = eavesdropper.address() as AddressInfo;
    const collector = pull(`127.0.0.1:${tapped}`, { secure: job.ranks[1] });
    server.serve(1).send(segmentOf({ memory: Buffer.alloc(400, "gradient"), description: "all" }));
    await collector.has(1);
    expect(collector.collected[0]?.payload.toString()).toMatch(/^(gradient)+$/);
    const all = Buffer.concat(heard);
    expect(all.length).toBeGreaterThan(400);
    for (const secret of ["gradient", token, "rank/1"]) expect(all.includes(secret)).toBe(false);
  });

  it("drops who has a certificate and says nothing, when its time is up", async () => {
    const clock = new ManualClock();
    const { server, address, lines } = await serve(job.ranks[0], { clock });
    const silent = await insider(address);
    // Connections are taken in their order: with this one, the silent one is in.
    const collector = pull(address, { secure: job.ranks[1] });
    server.serve(1).send(segmentOf());
    await collector.has(1);
    const gone = closed(silent);
    silent.resume();
    clock.advance(10_000);
    await gone;
    expect(lines).toEqual([expect.stringMatching(/expected a (hello|pull) within 10000 ms/)]);
    server.serve(1).send(segmentOf());
    await collector.has(2);
  });

  it("cuts off who has a certificate and says something else, endlessly", async () => {
    const { server, address } = await serve(job.ranks[0]);
    const endless = await insider(address);
    const gone = closed(endless);
    endless.resume();
    const chunk = Buffer.alloc(65_536, "endless ");
    for (let sent = 0; sent < 1024 && !endless.destroyed; sent++) {
      if (endless.write(chunk)) continue;
      const drained = new Promise((resolve) => endless.once("drain", resolve));
      await Promise.race([gone, drained]);
    }
    await gone;
    expect(endless.bytesWritten).toBeLessThan(32 * 2 ** 20);
    const collector = pull(address, { secure: job.ranks[1] });
    server.serve(1).send(segmentOf());
    await collector.has(1);
  });

  it("brings all that was sent before it is closed, though not all is enciphered at once", async () => {
    const segmentBytes = 2 ** 20;
    // Its time does not pass, so that nobody is cut off who reads slowly.
    const clock = new ManualClock();
    const { server, address } = await serve(job.ranks[0], { segmentBytes, clock });
    const collector = pull(address, { secure: job.ranks[1], segmentBytes });
    const memory = Buffer.from(Uint32Array.from({ length: 2 ** 21 }, (_, i) => i).buffer);
    const parts = Array.from({ length: 8 }, (_, index) =>
      segmentOf({ memory, index, count: 2 ** 18, byteOffset: index * segmentBytes }),
    );
    for (const part of parts) server.serve(1).send(part);
    await collector.has(1);
    const closed = server.close();
    await collector.has(parts.length);
    await closed;
    expect(Buffer.concat(collector.collected.map(({ payload }) => payload)).equals(memory)).toBe(
      true,
    );
    expect(collector.failures).toEqual([]);
  });

  it("refuses a segment that is larger than was agreed", async () => {
    const { server, address } = await serve(job.ranks[0], { segmentBytes: 4096 });
    const collector = pull(address, { secure: job.ranks[1], segmentBytes: 1024 });
    server.serve(1).send(segmentOf({ count: 1024 }));
    expect(await collector.failure()).toMatchObject({ code: "message_invalid" });
    expect(collector.offers).toBe(0);
  });

  it("may listen beyond loopback, and so it may without where the user said so", () => {
    const listenOn = { host: "192.0.2.1" };
    expect(() => create({ listenOn })).toThrow(/\[config_invalid\].*192\.0\.2\.1.*--insecure/);
    expect(create({ listenOn, secure: job.ranks[0] }).name).toBe(name);
    expect(create({ listenOn, insecure: true }).name).toBe(name);
    for (const host of ["0.0.0.0", "::"]) {
      expect(() => create({ listenOn: { host }, secure: job.ranks[0] })).toThrow(
        /peers are to dial/,
      );
    }
  });
});

describe("the gRPC transport with TLS", () => {
  const cleanups = cleanedUp();
  const { create } = ranksOver(createGrpcTransport, cleanups);

  it("refuses an endless request by its length, before it has come", async () => {
    const address = await create({ secure: job.ranks[0] }).listen();
    const session = connectHttp2("https://localhost", {
      createConnection: () =>
        dialSecurely({
          to: hostAndPort(address),
          credentials: job.ranks[1],
          peer: { kind: "rank", rank: 0 },
          protocol: "h2",
        }),
    });
    cleanups.push(() => {
      session.destroy();
    });
    session.on("error", () => undefined);
    const stream = session.request(requestHeaders(token, "https"));
    stream.on("error", () => undefined);
    stream.write(Buffer.concat([Buffer.from([0, 255, 255, 255, 255]), Buffer.alloc(60_000)]));
    const [headers] = (await once(stream, "response")) as unknown[];
    expect(headers).toMatchObject({ "grpc-status": "8" });
  });
});

for (const [name, createTransport] of wires) {
  const create = (options: SocketTransportOptions) => {
    const secure = job.ranks[options.rank];
    return createTransport({ ...options, ...(secure !== undefined && { secure }) });
  };
  describeTransport(contractOver(`${name} with TLS`, create));
}
