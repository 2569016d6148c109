import { describe, expect, it } from "@jest/globals";
import { diagnosis } from "./doctor-text.js";
import { type HostFinding, type LinkFinding, type LinkOutcome } from "./findings.js";

const host = (name: string, clockAheadMs = 0, isLocal = false): HostFinding => ({
  name,
  isLocal,
  agent: { koloVersion: "1.2.3", nodeVersion: "v20.1.0", clockAheadMs, address: "10.0.0.1" },
  problem: undefined,
  addresses: isLocal ? undefined : ["10.0.0.2"],
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
  addresses: [],
});
const link = (outcome: LinkOutcome, isRing = true): LinkFinding => ({
  from: "a",
  to: "b",
  address: "10.0.0.1",
  ports: "32768-60999",
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
      "host       name      ssh   kolo   node     clock   listens on",
      "a          -         here  1.2.3  v20.1.0  -       10.0.0.1",
      "me@b:2222  10.0.0.2  yes   1.2.3  v20.1.0  -4.2 s  10.0.0.1",
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
    ["ssh: Could not resolve hostname b: Name not known", "wrong name", "write the name"],
    ["ssh: connect to host b port 22: No route to host", "no route", "switched on, its cable"],
    ["ssh: connect to host b port 22: Connection refused", "closed port", "start sshd there"],
    ["ssh: connect to host b port 22: Connection timed out", "no answer", "no firewall drops"],
    ["me@b: Permission denied (publickey).", "bad key", "let your key in there (ssh-copy-id)"],
    ["Host key verification failed.", "unknown host key", "log in once by hand"],
  ])("has a name and a remedy where ssh says: %s", (words, name, remedy) => {
    const { text, ok } = diagnosis([unreachable(words)], []);
    expect(text).toMatch(new RegExp(`^b +unknown +no: ${name}`, "m"));
    expect(text).toContain(`  b: ${name}: no agent there: `);
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

  it.each([
    ["kolo", /^b +unknown +yes +differs +-/m],
    ["Node", /^b +unknown +yes +- +differs/m],
  ] as const)("says that ssh works where versions of %s differ", (differs, row) => {
    const summary = `expected ${differs} 1 as here, got 2`;
    const problem = { host: "b", code: "host_mismatch", summary, details: [], differs } as const;
    const { text } = diagnosis([{ ...unreachable(""), problem }], []);
    expect(text).toMatch(row);
    expect(text).toContain(`  b: ${summary}`);
  });

  it("leaves a name that only ssh's configuration knows alone, as one that hosts know otherwise", () => {
    const difference = { host: "c", name: "b", there: ["10.9.0.2"], here: ["10.0.0.2"] };
    const { text, ok } = diagnosis([{ ...host("b"), addresses: [] }], [], [difference]);
    expect(text).toMatch(/^b +ssh's own +yes/m);
    expect(text).toContain("to know:\n  c knows b as 10.9.0.2, this machine as 10.0.0.2: ");
    expect(ok).toBe(true);
  });

  it("names the ports that a firewall has closed beside one that is open", () => {
    const closedPorts = [
      { port: 32_768, code: "ETIMEDOUT" },
      { port: 39_826, code: "ETIMEDOUT" },
    ];
    const measure = { roundTripMs: 2, closedPorts };
    const { text, ok } = diagnosis([], [link({ kind: "measured", measure })]);
    expect(text).toContain(
      "1 to mend:\n  b reaches a at 10.0.0.1, but not its ports 32768, 39826: no answer\n",
    );
    expect(text).toContain("let b connect to TCP ports 32768-60999 of a");
    expect(ok).toBe(false);
  });

  it.each([
    ["ECONNREFUSED", "closed port", "refuses it: let b connect to TCP ports 32768-60999 of a"],
    ["ETIMEDOUT", "no answer", "a firewall drops it, or no route leads there"],
    ["EHOSTUNREACH", "no route", "give b a route to that address"],
    ["ENETUNREACH", "no route", "give b a route to that address"],
  ])("has a name and a remedy for a link that ends in %s", (code, name, remedy) => {
    // Once, though it is a link of the ring and the coordinator's.
    const { text, ok } = diagnosis([], [link(failed(code)), link(failed(code), false)]);
    expect(text).toContain(
      `1 to mend:\n  b does not reach a at 10.0.0.1: ${name}: connect ${code}`,
    );
    expect(text).toMatch(new RegExp(`^a -> b +no: ${name}$`, "m"));
    expect(text).toContain(remedy);
    expect(ok).toBe(false);
  });
});
