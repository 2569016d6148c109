import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect as connectPlainly, type Socket } from "node:net";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { promisify } from "node:util";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { type CertificateAuthority, createAuthority } from "@kolo/certificates";
import { createLogger, type Credentials, ManualClock, RefusalLog } from "@kolo/core";
import { dialSecurely, SecureListener, type SecureListenerOptions } from "./index.js";
import { handshakeTimeoutMs, mostHandshakes } from "./secure-listener.js";

const dayMs = 86_400_000;
const peer = { kind: "rank", rank: 0 } as const;
const rank1 = { kind: "rank", rank: 1 } as const;

let authority: CertificateAuthority;
let listening: Credentials;
let calling: Credentials;
/** Same job, same names, another authority, as of one who has only overheard. */
let forged: Credentials;

const at = (nowMs: number, job = "a0"): Promise<CertificateAuthority> =>
  createAuthority({ job, nowMs, validMs: dayMs });
/** As one of ours would look to us: with our authority, and a certificate of another's. */
const withOur = (ours: Credentials, theirs: Credentials): Credentials => ({
  ...ours,
  ...{ key: theirs.key, certificate: theirs.certificate },
});

beforeAll(async () => {
  authority = await at(Date.now());
  [listening, calling] = await Promise.all([authority.issue(peer), authority.issue(rank1)]);
  forged = withOur(listening, await (await at(Date.now())).issue(rank1));
});

describe("a secure listener", () => {
  let cleanups: (() => unknown)[] = [];
  let lines: string[] = [];
  let entered: { name: string | undefined; socket: TLSSocket }[] = [];
  let clock: ManualClock;
  beforeEach(() => {
    [lines, entered, clock] = [[], [], new ManualClock()];
  });
  afterEach(async () => {
    for (const cleanup of cleanups.reverse()) await cleanup();
    cleanups = [];
  });

  async function listen(options: Partial<SecureListenerOptions> = {}, host = "127.0.0.1") {
    const log = new RefusalLog(
      createLogger("warn", (line) => lines.push(line)),
      "a call",
    );
    const listener = new SecureListener({
      ...{ credentials: listening, maxConnections: 4, socketOptions: { noDelay: true }, clock },
      refusals: log,
      onConnection: (socket, { name }) => {
        entered.push({ name, socket });
        socket.write("welcome");
      },
      ...options,
    });
    cleanups.push(async () => {
      const closed = listener.close();
      listener.cut();
      await closed;
    });
    return listener.listen(host);
  }
  const kept = <T extends Socket>(socket: T): T => {
    cleanups.push(() => socket.destroy());
    return socket;
  };
  /** What the dialler hears or fails with, first. */
  function told(socket: Socket): Promise<string> {
    return new Promise((resolve) => {
      socket.once("data", (data: Buffer) => {
        resolve(data.toString());
      });
      socket.once("error", ({ code, message }: NodeJS.ErrnoException) => {
        resolve(`${code ?? ""} ${message}`);
      });
      socket.once("close", () => {
        resolve("");
      });
    });
  }
  const dial = async (port: number, credentials: Credentials, host = "127.0.0.1") => {
    return told(kept(dialSecurely({ to: { host, port }, credentials, peer })));
  };

  it.each(["127.0.0.1", "127.0.0.2", "::1"])(
    "on %s lets in who has a certificate",
    async (host) => {
      const { port } = await listen({}, host);
      expect(await dial(port, calling, host)).toBe("welcome");
      expect(entered.map(({ name }) => name)).toEqual(["URI:kolo://a0/rank/1"]);
      expect([lines, entered[0]?.socket.getProtocol()]).toEqual([[], "TLSv1.3"]);
    },
  );

  it.each([
    ["of another authority", () => Promise.resolve(forged), /another authority.*SIGNATURE_FAILURE/],
    [
      "of another job",
      async () => withOur(listening, await (await at(Date.now(), "b1")).issue(rank1)),
      /another authority.*UNABLE_TO/,
    ],
    [
      "of the coordinator, which only is dialled",
      () => authority.issue({ kind: "coordinator" }),
      /for something else/,
    ],
  ])("refuses a certificate %s, and says from where and why", async (_what, make, why) => {
    const { port } = await listen({ farewell: (reason) => Buffer.from(`no: ${reason}`) });
    expect(await dial(port, await make())).toMatch(/^no: its certificate/);
    expect(entered).toEqual([]);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/refused a call from 127\.0\.0\.1:\d+: /);
    expect(lines[0]).toMatch(why);
  });

  it.each([
    ["expired", -10 * dayMs, /CERT_HAS_EXPIRED/],
    ["not valid yet", 10 * dayMs, /CERT_NOT_YET_VALID/],
  ])("refuses a certificate that is %s, on either side", async (_what, shiftMs, why) => {
    const wrong = await at(Date.now() + shiftMs);
    const [theirs, ours] = await Promise.all([wrong.issue(rank1), wrong.issue(peer)]);
    const { port } = await listen({ credentials: ours });
    expect(await dial(port, theirs)).toMatch(why);
    // A dialler that does not look, as a stranger would not.
    const to = { host: "127.0.0.1", port, key: theirs.key, cert: theirs.certificate };
    const careless = kept(connect({ ...to, rejectUnauthorized: false }));
    expect(await told(careless)).toBe("");
    expect(entered).toEqual([]);
    expect(lines.filter((line) => why.test(line))).toHaveLength(1);
  });

  it("is not taken for another rank by who dials it", async () => {
    const { port } = await listen({
      credentials: await authority.issue({ kind: "rank", rank: 2 }),
    });
    const heard = await dial(port, calling);
    expect(heard).toMatch(/certificate of rank 0 of this job, got one of rank 2/);
  });

  it("is not taken for one of the job where its authority is another", async () => {
    const theirs = await (await at(Date.now())).issue(peer);
    const { port } = await listen({ credentials: theirs });
    expect(await dial(port, calling)).toMatch(/CERT_SIGNATURE_FAILURE/);
  });

  it("nor with NODE_TLS_REJECT_UNAUTHORIZED=0, as some set it for a proxy", async () => {
    const theirs = await (await at(Date.now())).issue(peer);
    const { port } = await listen({ credentials: theirs });
    const to = { host: "127.0.0.1", port };
    const script = `
      const { dialSecurely } = require(${JSON.stringify(join(__dirname, "index.js"))});
      dialSecurely(${JSON.stringify({ to, credentials: calling, peer })})
        .on("secureConnect", () => process.exit(0))
        .on("error", (error) => { console.log(error.code); process.exit(1); });`;
    const env = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: "0" };
    const dialler = promisify(execFile)(process.execPath, ["-e", script], { env });
    await expect(dialler).rejects.toMatchObject({ code: 1, stdout: "CERT_SIGNATURE_FAILURE\n" });
  });

  it("refuses who has no certificate, speaks older TLS, none, or another protocol", async () => {
    const { port } = await listen({ protocol: "h2" });
    const to = { host: "127.0.0.1", port, rejectUnauthorized: false };
    const { key, certificate: cert } = calling;
    await told(kept(connect({ ...to, ALPNProtocols: ["h2"] })));
    await told(kept(connect({ ...to, key, cert, maxVersion: "TLSv1.2" })));
    await told(kept(connect({ ...to, key, cert })));
    const plain = kept(connectPlainly(port, "127.0.0.1"));
    plain.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    const heard = await told(plain);
    expect(heard).not.toContain("welcome");
    expect(entered).toEqual([]);
    const all = lines.join("\n");
    expect(lines).toHaveLength(4);
    for (const why of ["no certificate", "as new as 1.3", "speak h2", "does not speak TLS"]) {
      expect(all).toContain(why);
    }
  });

  it("gives nobody a session to resume, which would need no certificate", async () => {
    const { port } = await listen({ farewell: () => Buffer.from("no") });
    const to = { host: "127.0.0.1", port, rejectUnauthorized: false };
    const stranger = kept(connect(to));
    const sessions: Buffer[] = [];
    stranger.on("session", (session) => sessions.push(session));
    await once(stranger.resume(), "close");
    expect(sessions).not.toEqual([]);
    for (const session of sessions)
      expect(await told(kept(connect({ ...to, session })))).toBe("no");
    expect(entered).toEqual([]);
  });

  it("logs each kind of refusal once, however often it comes", async () => {
    const { port } = await listen();
    for (let i = 0; i < 5; i++) await dial(port, forged);
    expect(lines).toHaveLength(1);
  });

  it("drops who connects and says nothing, when its time is up", async () => {
    const { port } = await listen();
    const silent = kept(connectPlainly(port, "127.0.0.1"));
    await once(silent, "connect");
    // Connections are taken in their order: when this one is in, the silent one is there.
    expect(await dial(port, calling)).toBe("welcome");
    const gone = once(silent, "close");
    clock.advance(handshakeTimeoutMs - 1);
    expect(lines).toEqual([]);
    clock.advance(1);
    await gone;
    expect(lines).toEqual([expect.stringContaining("expected a certificate within 10000 ms")]);
    // Who was let in has nothing to fear of that clock.
    expect(entered[0]?.socket.destroyed).toBe(false);
  });

  it("drops the oldest where too many shake hands, so that strangers keep nobody out", async () => {
    const { port } = await listen();
    const silent = Array.from({ length: mostHandshakes }, () =>
      kept(connectPlainly(port, "127.0.0.1")),
    );
    for (const socket of silent) socket.on("error", () => undefined);
    await Promise.all(silent.map((socket) => once(socket, "connect")));
    expect(await dial(port, calling)).toBe("welcome");
    expect(lines).toEqual([expect.stringContaining("64 others are shaking hands")]);
  });

  it("does not take in what an endless caller says before it is known", async () => {
    const { port } = await listen();
    const socket = kept(connectPlainly(port, "127.0.0.1"));
    socket.on("error", () => undefined);
    const closed = new Promise((resolve) => socket.once("close", resolve));
    // The head of a client hello that announces more than it may have, and then anything.
    socket.write(Buffer.from([22, 3, 1, 0, 255, 1, 255, 255, 255, 3, 3]));
    const chunk = Buffer.alloc(65_536);
    for (let sent = 0; sent < 1024 && !socket.destroyed; sent++) {
      if (socket.write(chunk)) continue;
      const drained = new Promise((resolve) => socket.once("drain", resolve));
      await Promise.race([closed, drained]);
    }
    await closed;
    expect(socket.bytesWritten).toBeLessThan(32 * 2 ** 20);
    expect(lines).toHaveLength(1);
  });

  it("does not read on from who has been refused", async () => {
    const { port } = await listen({ farewell: () => Buffer.from("no") });
    const socket = kept(
      dialSecurely({ to: { host: "127.0.0.1", port }, credentials: forged, peer }),
    );
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.on("error", () => undefined);
    expect(await told(socket)).toBe("no");
    const chunk = Buffer.alloc(2 ** 20);
    for (let i = 0; i < 64 && socket.write(chunk); i++) await new Promise(setImmediate);
    clock.advance(1000);
    await closed;
    expect(entered).toEqual([]);
  });
});
