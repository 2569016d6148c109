import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { readCredentials } from "./credentials.js";
import { checkPeerName, type PeerName, peerUri } from "./index.js";

const job = "0123abcd";
const anyName: fc.Arbitrary<PeerName> = fc.oneof(
  fc.nat(9999).map((rank) => ({ kind: "rank" as const, rank })),
  fc.constant({ kind: "coordinator" as const }),
);

describe("the name in a certificate", () => {
  it("is accepted as its own and as no other", () => {
    fc.assert(
      fc.property(anyName, anyName, (shown, expected) => {
        const refusal = checkPeerName(`URI:${peerUri(job, shown)}`, job, expected);
        const isSame = peerUri(job, shown) === peerUri(job, expected);
        expect(refusal === undefined).toBe(isSame);
      }),
    );
  });

  it.each([
    [undefined, "got none that has a name"],
    ["", 'got one of ""'],
    ["URI:kolo://0123abcd/rank/30", "got one of rank 30"],
    ["URI:kolo://0123abcd/coordinator", "got one of the coordinator"],
    ["URI:kolo://other/rank/3", "got one of rank 3 of another job"],
    ["URI:kolo://0123abcd/rank/3, URI:kolo://0123abcd/rank/4", "got one of"],
    ["URI:kolo://0123abcd/rank/3, DNS:example.org", "got one of"],
    ["DNS:kolo://0123abcd/rank/3", "got one of"],
    ["URI:KOLO://0123abcd/rank/3", "got one of"],
    [`DNS:${"x".repeat(1000)}`, "got one of"],
  ])("%s is not rank 3, and the reason says so shortly", (shown, says) => {
    const reason = checkPeerName(shown, job, { kind: "rank", rank: 3 });
    expect(reason).toContain("expected a certificate of rank 3 of this job, ");
    expect(reason).toContain(says);
    expect(reason?.length).toBeLessThan(200);
  });
});

describe("credentials", () => {
  const pem = "-----BEGIN SOMETHING-----\n";
  const whole = { job, key: pem, certificate: pem, authority: pem };

  it("are read from plain data, and nothing else is taken for them", () => {
    expect(readCredentials({ ...whole, more: 1 })).toEqual(whole);
    for (const wrong of [{ key: 7 }, { certificate: "" }, { authority: null }, { job: "a/b" }]) {
      expect(readCredentials({ ...whole, ...wrong })).toBeUndefined();
    }
    expect(readCredentials(null)).toBeUndefined();
  });
});
