import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, connect as connectPlainly, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { describeTransport } from "../transport-contract.js";
import { type Transport } from "../link.js";
import { Collector } from "../testing/collector.js";
import { cleanedUp, contractOver, ranksOver, token } from "../testing/over-sockets.js";
import { segmentOf } from "../testing/segments.js";
import { makeGreeting, makeHello } from "./handshake.js";
import { type TcpSecurity } from "./tcp-security.js";
import { createTcpTransport } from "./tcp-transport.js";

let folder = "";

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
}

/** An authority of that name, and a rank it has signed for. */
function security(authority: string): TcpSecurity {
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const of = (kind: string): string => `${authority}-${kind}.pem`;
  const caFiles = ["-keyout", of("ca-key"), "-out", of("ca")];
  openssl("req", "-x509", ...curve, ...caFiles, "-subj", `/CN=${authority}`, "-days", "1");
  openssl("req", ...curve, "-keyout", of("key"), "-out", of("request"), "-subj", "/CN=rank");
  const signing = ["-CA", of("ca"), "-CAkey", of("ca-key"), "-set_serial", "1", "-days", "1"];
  openssl("x509", "-req", "-in", of("request"), ...signing, "-out", of("cert"));
  const text = (kind: string): string => readFileSync(join(folder, of(kind)), "utf8");
  return { key: text("key"), cert: text("cert"), ca: text("ca") };
}

let ours: TcpSecurity;
let theirs: TcpSecurity;
const cleanups = cleanedUp();
const ranks = ranksOver(createTcpTransport, cleanups);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "kolo-tls-"));
  ours = security("ours");
  theirs = security("theirs");
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function create(rank: number, secure: TcpSecurity | undefined): Transport {
  return ranks.create({ rank, ...(secure !== undefined && { secure }) });
}

async function failureOf(client: TcpSecurity | undefined, server: TcpSecurity | undefined) {
  const collector = new Collector();
  const serving = create(0, server);
  const dialling = create(1, client);
  dialling.setPeers([await serving.listen(), ""]);
  dialling.dial(0, collector);
  const failure = await collector.failure();
  expect(collector.offers).toBe(0);
  return failure.code;
}

describe("the tcp transport over TLS", () => {
  it("refuses certificates of another authority, and peers that have none", async () => {
    expect(await failureOf(theirs, ours)).toBe("unauthenticated");
    expect(await failureOf({ ...theirs, ca: ours.ca }, ours)).toBe("unauthenticated");
    expect(await failureOf({ ...ours, ca: theirs.ca }, ours)).toBe("unauthenticated");
    expect(await failureOf(ours, undefined)).toBe("unauthenticated");
  });

  it("does not speak with one who does not encrypt", async () => {
    const [host = "", port] = (await create(0, ours).listen()).split(":");
    const socket = connectPlainly(Number(port), host);
    cleanups.push(() => socket.destroy());
    const heard: Buffer[] = [];
    socket.on("data", (bytes) => heard.push(bytes)).on("error", () => undefined);
    socket.write(
      makeHello(
        { rank: 1, peer: 0, generation: 1, channel: 0, channels: 1 },
        makeGreeting(),
        token,
      ),
    );
    await new Promise((resolve) => socket.on("close", resolve));
    expect(Buffer.concat(heard).includes("kolo.tcp")).toBe(false);
  });

  it("speaks TLS 1.3 and nothing older", async () => {
    const [host = "", port] = (await create(0, ours).listen()).split(":");
    const options = { ...ours, host, port: Number(port), checkServerIdentity: () => undefined };
    const attempt = (maxVersion: "TLSv1.2" | "TLSv1.3") =>
      new Promise((resolve) => {
        const socket = connect({ ...options, maxVersion });
        cleanups.push(() => socket.destroy());
        socket.on("error", (error) => {
          resolve((error as NodeJS.ErrnoException).code);
        });
        socket.on("secureConnect", () => {
          resolve(socket.getProtocol());
        });
      });
    expect(await attempt("TLSv1.3")).toBe("TLSv1.3");
    expect(await attempt("TLSv1.2")).toMatch(/ERR_SSL/);
  });

  it("may listen beyond loopback", () => {
    const options = { rank: 0, size: 2, generation: 1, token, segmentBytes: 1024 };
    expect(() => createTcpTransport({ ...options, host: "0.0.0.0", secure: ours })).not.toThrow();
  });

  it("does not let the payload be read on its way", async () => {
    const serving = create(0, ours);
    const heard: Buffer[] = [];
    const [host = "", port] = (await serving.listen()).split(":");
    const eavesdropper = createServer((near) => {
      const far = connectPlainly(Number(port), host);
      for (const socket of [near, far]) {
        socket.on("data", (bytes) => heard.push(bytes)).on("error", () => undefined);
      }
      near.pipe(far).pipe(near);
    });
    eavesdropper.listen(0, "127.0.0.1");
    await once(eavesdropper, "listening");
    cleanups.push(() => eavesdropper.close());
    const { port: tapped } = eavesdropper.address() as AddressInfo;
    const dialling = create(1, ours);
    dialling.setPeers([`127.0.0.1:${tapped}`, ""]);
    const collector = new Collector();
    dialling.dial(0, collector);
    serving.serve(1).send(segmentOf({ memory: Buffer.alloc(400, "gradient"), description: "all" }));
    await collector.has(1);
    expect(collector.collected[0]?.payload.toString()).toMatch(/^(gradient)+$/);
    expect(Buffer.concat(heard).length).toBeGreaterThan(400);
    expect(Buffer.concat(heard).includes("gradient")).toBe(false);
  });
});

describeTransport(
  contractOver("tcp with TLS", (options) => createTcpTransport({ ...options, secure: ours })),
);
