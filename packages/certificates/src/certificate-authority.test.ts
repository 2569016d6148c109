import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { checkPeerName, type PeerName } from "@kolo/core";
import { createAuthority } from "./index.js";

const job = "0a1b2c";
const names: PeerName[] = [
  { kind: "rank", rank: 0 },
  { kind: "rank", rank: 13 },
  { kind: "coordinator" },
];

describe("the authority of a job", () => {
  it.each(names)(
    "issues a certificate for %j, with its own key and that name alone",
    async (name) => {
      const authority = await createAuthority({ job });
      const credentials = await authority.issue(name);
      const certificate = new X509Certificate(credentials.certificate);
      const signer = new X509Certificate(credentials.authority);
      expect(credentials.job).toBe(job);
      expect(certificate.checkPrivateKey(createPrivateKey(credentials.key))).toBe(true);
      expect(certificate.verify(signer.publicKey)).toBe(true);
      expect(certificate.checkIssued(signer)).toBe(true);
      expect([certificate.ca, signer.ca]).toEqual([false, true]);
      expect(checkPeerName(certificate.subjectAltName, job, name)).toBeUndefined();
      const others = names.filter((other) => other !== name);
      for (const other of others) {
        expect(checkPeerName(certificate.subjectAltName, job, other)).toBeDefined();
      }
    },
  );

  it("makes a new key and number each time, also for the same name", async () => {
    const authority = await createAuthority({ job });
    const twice = [
      await authority.issue({ kind: "coordinator" }),
      await authority.issue({ kind: "coordinator" }),
    ];
    const all = [twice[0]?.authority, ...twice.map(({ certificate }) => certificate)];
    const numbers = all.map((pem) => new X509Certificate(pem ?? "").serialNumber);
    expect(new Set(numbers).size).toBe(3);
    expect(twice[0]?.key).not.toBe(twice[1]?.key);
  });

  it("has certificates good from before now, for clocks that are behind, until the limit", async () => {
    const nowMs = Date.UTC(2030, 0, 2);
    const authority = await createAuthority({ job, nowMs, validMs: 86_400_000 });
    const { certificate } = await authority.issue({ kind: "rank", rank: 0 });
    const { validFrom, validTo } = new X509Certificate(certificate);
    expect(Date.parse(validFrom)).toBe(nowMs - 600_000);
    expect(Date.parse(validTo)).toBe(nowMs + 86_400_000);
  });

  it("lets only ranks do both: the coordinator is dialled", async () => {
    const authority = await createAuthority({ job });
    const uses = await Promise.all(
      names.map(
        async (name) => new X509Certificate((await authority.issue(name)).certificate).keyUsage,
      ),
    );
    const [server, client] = ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"];
    expect(uses).toEqual([[server, client], [server, client], [server]]);
  });
});
