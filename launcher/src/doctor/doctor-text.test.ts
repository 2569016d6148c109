import { describe, expect, it } from "@jest/globals";
import { diagnosis } from "./doctor-text.js";
import { type HostFinding, type LinkFinding, type LinkOutcome } from "./findings.js";

const host = (name: string, clockAheadMs = 0, isLocal = false): HostFinding => ({
  name,
  isLocal,
  agent: { koloVersion: "1.2.3", nodeVersion: "v20.1.0", clockAheadMs, address: "10.0.0.1" },
  problem: undefined,
});
const unreachable = (words: string): HostFinding => ({
  name: "b",
  isLocal: false,
  agent: undefined,
  problem: {
    host: "b",
    code: "host_unreachable",
    summary: `no agent there: ssh exited with 255: ${words}`,
    details: ["command: ssh b 'connection refused'"],
  },
});
const link = (outcome: LinkOutcome, isRing = true): LinkFinding => ({
  from: "a",
  to: "b",
  address: "10.0.0.1",
  isRing,
  outcome,
});
const failed = (code: string): LinkOutcome => ({
  kind: "unreached",
  failure: { kind: "failed", code, message: `connect ${code}` },
});
const measured = (bitsPerSecond: number): LinkOutcome => ({
  kind: "measured",
  measure: { roundTripMs: 0.123, bitsPerSecond },
});

describe("what doctor prints", () => {
  it("is a table of hosts, one of links, and that nothing is to be mended", () => {
    const links = [
      link(measured(9.41e9)),
      link(measured(94.1e6)),
      link({ kind: "measured", measure: { roundTripMs: 2 } }, false),
      link({ kind: "untested", reason: "b is not reached" }),
    ];
    const { text, ok } = diagnosis([host("a", 0, true), host("me@b:2222", -4200)], links);
    expect(ok).toBe(true);
    expect(text.split("\n")).toEqual([
      "host       ssh   kolo   node     clock   listens on",
      "a          here  1.2.3  v20.1.0  -       10.0.0.1",
      "me@b:2222  yes   1.2.3  v20.1.0  -4.2 s  10.0.0.1",
      "",
      "link                  reached  round trip  bandwidth",
      "a -> b                yes      0.12 ms     9.4 Gbit/s",
      "a -> b                yes      0.12 ms     94.1 Mbit/s",
      "a -> b (coordinator)  yes      2.00 ms     -",
      "a -> b                -        -           b is not reached",
      "",
      "nothing to mend",
    ]);
  });

  it.each([
    [5001, "a: its clock is 5.0 s ahead of this machine's"],
    [-31_000, "a: its clock is 31.0 s behind this machine's"],
  ])("says of a clock %i ms ahead: %s", (aheadMs, what) => {
    const { text, ok } = diagnosis([host("a", aheadMs)], []);
    expect(text).toContain(`1 to mend:\n  ${what}\n    to mend it: set both`);
    expect(ok).toBe(false);
  });

  it.each([
    ["ssh: Could not resolve hostname b: Name or service not known", "write the name"],
    ["ssh: connect to host b port 22: No route to host", "see that it is switched on, its cable"],
    ["ssh: connect to host b port 22: Connection refused", "start sshd there"],
    ["ssh: connect to host b port 22: Connection timed out", "no firewall drops"],
    ["me@b: Permission denied (publickey).", "let your key in there (ssh-copy-id)"],
    ["Host key verification failed.", "log in once by hand"],
  ])("has a remedy where ssh says: %s", (words, remedy) => {
    const { text, ok } = diagnosis([unreachable(words)], []);
    expect(text).toContain(words);
    expect(text).toMatch(`to mend it: `);
    expect(text).toContain(remedy);
    expect(text).not.toContain("command:");
    expect(ok).toBe(false);
  });

  it("shows the command where ssh's words are unknown", () => {
    const { text } = diagnosis([unreachable("what?")], []);
    expect(text).toContain("    command: ssh b 'connection refused'");
    expect(text).not.toContain("to mend it");
  });

  it("says that ssh works where versions differ", () => {
    const problem = { code: "host_mismatch", summary: "expected kolo 1 as here, got 2" } as const;
    const { text } = diagnosis(
      [{ ...unreachable(""), problem: { ...problem, host: "b", details: [] } }],
      [],
    );
    expect(text).toMatch(/^b +yes +differs/m);
    expect(text).toContain("  b: expected kolo 1 as here, got 2");
  });

  it.each([
    ["ECONNREFUSED", "a firewall refuses it: let b connect to TCP ports 1024-65535 of a"],
    ["ETIMEDOUT", "a firewall drops it, or no route leads there"],
    ["EHOSTUNREACH", "give b a route to that address"],
  ])("has a remedy for a link that ends in %s", (code, remedy) => {
    // Once, though it is a link of the ring and the coordinator's.
    const { text, ok } = diagnosis([], [link(failed(code)), link(failed(code), false)]);
    expect(text).toContain(`1 to mend:\n  b does not reach a at 10.0.0.1: connect ${code}`);
    expect(text).toContain(remedy);
    expect(ok).toBe(false);
  });
});
