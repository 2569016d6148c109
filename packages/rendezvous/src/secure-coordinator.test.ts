import { once } from "node:events";
import { connect as connectPlainly } from "node:net";
import { afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import {
  Client,
  credentials as grpcCredentials,
  Metadata,
  status,
  type StatusObject,
} from "@grpc/grpc-js";
import { type CertificateAuthority, createAuthority } from "@kolo/certificates";
import { createLogger, type Credentials, type PeerName } from "@kolo/core";
import { dialSecurely } from "@kolo/tls";
import { type CoordinatorOptions } from "./coordinator.js";
import { TestJob, token } from "./testing/test-job.js";
import { attendMethod, channelOptions } from "./wire/attend-method.js";

const dayMs = 86_400_000;
const lastMonth = { nowMs: Date.now() - 30 * dayMs, validMs: dayMs };
const rank = (number: number): PeerName => ({ kind: "rank", rank: number });
const coordinator = { kind: "coordinator" } as const;

let authority: CertificateAuthority;
let copied: CertificateAuthority;
let other: CertificateAuthority;
let secure: Credentials;
let ranks: readonly Credentials[];
beforeAll(async () => {
  [authority, copied, other] = await Promise.all([
    createAuthority({ job: "a0" }),
    createAuthority({ job: "a0" }),
    createAuthority({ job: "b1" }),
  ]);
  secure = await authority.issue(coordinator);
  ranks = await Promise.all([authority.issue(rank(0)), authority.issue(rank(1))]);
});

describe("a coordinator with TLS", () => {
  let job: TestJob | undefined;
  let lines: string[] = [];
  const cleanups: (() => void)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0)) cleanup();
    await job?.close();
  });
  async function start(options: Partial<CoordinatorOptions> = {}): Promise<TestJob> {
    lines = [];
    const logger = createLogger("warn", (line) => lines.push(line));
    job = await TestJob.start(2, {}, { secure, logger, ...options });
    return job;
  }
  /** The host and port of the coordinator. */
  function target({ coordinator: { address } }: TestJob): { host: string; port: number } {
    const colon = address.lastIndexOf(":");
    return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
  }
  const joinAs = (started: TestJob, index: number) => {
    const own = ranks[index];
    return started.join(index, own === undefined ? {} : { secure: own });
  };

  it("lets ranks join and leave, on any address of the host", async () => {
    const started = await start({ listenOn: { host: "127.0.0.3" } });
    expect(target(started).host).toBe("127.0.0.3");
    const members = await Promise.all([joinAs(started, 0), joinAs(started, 1)]);
    await Promise.all(members.map((member) => member.proposeManifest([])));
    await Promise.all(members.map((member) => member.leave()));
    expect(lines).toEqual([]);
  });

  it.each<[string, () => Credentials | Promise<Credentials>, Record<string, string>, RegExp]>([
    ["the certificate of another rank", () => authority.issue(rank(1)), {}, /got one of rank 1/],
    ["another token", () => authority.issue(rank(0)), { token: "of another job, yes" }, /token/],
  ])("refuses a rank with %s, and logs from where", async (_what, make, change, why) => {
    const started = await start();
    const refused = started.join(0, { secure: await make(), ...change });
    await expect(refused).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(refused).rejects.toThrow(why);
    expect(lines).toEqual([expect.stringMatching(/coordinator from 127\.0\.0\.1:\d+: /)]);
    expect(lines[0]).toMatch(why);
  });

  it.each<[string, () => Promise<Credentials>, RegExp]>([
    [
      "of another authority",
      async () => ({ ...(await copied.issue(rank(0))), authority: secure.authority }),
      /another authority/,
    ],
    ["that has expired", () => authority.issue(rank(0), lastMonth), /has expired/],
  ])("lets no rank in with a certificate %s", async (_what, make, why) => {
    const started = await start();
    const refused = started.join(0, { secure: await make() });
    await expect(refused).rejects.toMatchObject({ code: "coordinator_lost" });
    await expect(refused).rejects.toThrow(/tsrun/);
    expect(lines).toEqual([expect.stringMatching(why)]);
    expect(lines[0]).toMatch(/ from 127\.0\.0\.1:\d+: /);
  });

  it.each<[string, () => Promise<Credentials>, RegExp]>([
    ["of another job", () => other.issue(coordinator), /certificate/],
    ["that has expired", () => authority.issue(coordinator, lastMonth), /expired/],
    ["of a rank", () => authority.issue(rank(1)), /got one of rank 1/],
  ])("is not joined where it has a certificate %s", async (_what, make, why) => {
    const started = await start({ secure: await make() });
    const refused = joinAs(started, 0);
    await expect(refused).rejects.toMatchObject({ code: "unauthenticated" });
    await expect(refused).rejects.toThrow(why);
  });

  it("refuses a second process with a rank that is there, which goes on", async () => {
    const started = await start();
    const members = await Promise.all([joinAs(started, 0), joinAs(started, 1)]);
    await expect(joinAs(started, 0)).rejects.toMatchObject({ code: "unauthenticated" });
    expect(lines).toEqual([expect.stringContaining("rank 0 has joined this job before")]);
    await Promise.all(members.map((member) => member.proposeManifest([])));
  });

  it("hears nobody who does not encrypt", async () => {
    const started = await start();
    const { host, port } = target(started);
    const plain = new Client(`${host}:${port}`, grpcCredentials.createInsecure(), channelOptions);
    cleanups.push(() => {
      plain.close();
    });
    const metadata = new Metadata();
    metadata.set("authorization", `Bearer ${token}`);
    const asIs = (bytes: Buffer): Buffer => bytes;
    const call = plain.makeBidiStreamRequest(attendMethod().path, asIs, asIs, metadata);
    call.on("error", () => undefined).resume();
    const ended = await new Promise<StatusObject>((resolve) => call.once("status", resolve));
    expect(ended.code).toBe(status.UNAVAILABLE);
    expect(lines).toEqual([expect.stringContaining("does not speak TLS")]);
  });

  it("drops who does not say which rank it is", async () => {
    const started = await start();
    const { host, port } = target(started);
    const silent = connectPlainly(port, host);
    cleanups.push(() => silent.destroy());
    silent.on("error", () => undefined);
    await once(silent, "connect");
    const certified = dialSecurely({
      ...{ to: { host, port }, credentials: ranks[1] ?? secure, peer: coordinator },
      protocol: "h2",
    });
    cleanups.push(() => certified.destroy());
    await once(certified, "secureConnect");
    const gone = once(silent, "close");
    started.clock.advance(10_000);
    await gone;
    expect(lines).toEqual([expect.stringContaining("expected a certificate within 10000 ms")]);
    await Promise.all([joinAs(started, 0), joinAs(started, 1)]);
  });

  it("may be opened beyond loopback, and so it may without where the user said so", async () => {
    const listenOn = { host: "0.0.0.0" };
    for (const options of [{ secure }, { insecure: true }]) {
      const started = await TestJob.start(1, {}, { listenOn, ...options });
      expect(started.coordinator.address).toMatch(/^0\.0\.0\.0:\d+$/);
      await started.close();
    }
    await expect(TestJob.start(1, {}, { listenOn })).rejects.toThrow(/config_invalid.*--insecure/);
  });

  it("is not joined by who expects it to have a certificate where it has none", async () => {
    job = await TestJob.start(2);
    await expect(joinAs(job, 0)).rejects.toMatchObject({ code: "unauthenticated" });
  });
});
