import { describe, expect, it } from "@jest/globals";
import { networkInterfaces } from "node:os";
import { parseHostEntry } from "./parse-host-entry.js";
import { type Machine, meansThisMachine } from "./this-machine.js";
import { thisMachine } from "./plan-hosts.js";

const machine: Machine = {
  hostname: "Node1.rack.example.org",
  user: "me",
  interfaces: {
    lo: [{ address: "127.0.0.1" }, { address: "::1" }],
    eth0: [{ address: "10.0.0.7" }, { address: "fd00:0:0:1::7" }, { address: "fe80::7" }],
    down: undefined,
  },
};

describe("meansThisMachine", () => {
  it.each([
    "localhost",
    "LOCALHOST:4",
    "127.0.0.1",
    "127.0.1.1",
    "[::1]:4",
    "[0:0:0:0:0:0:0:1]",
    "node1",
    "NODE1.rack.example.org.",
    "node1:2222 slots=4",
    "10.0.0.7:4",
    "10.0.0.7:2222 slots=4",
    "[fd00::1:0:0:0:7]",
    "[fe80::7%eth0]",
    "me@localhost",
    "me@node1",
  ])("takes %s for this machine", (text) => {
    expect(meansThisMachine(parseHostEntry(text), machine)).toBe(true);
  });

  it.each([
    "node2",
    "node1.rack",
    "node1.elsewhere.org",
    "10.0.0.8",
    "[fd00::7]",
    "[fe80::7]",
    "[fe80::7%eth1]",
    "localhost:2222 slots=4",
    "127.0.0.1:2222 slots=4",
    "you@localhost",
    "you@node1",
    "127.0.0.1.example.org",
  ])("takes %s for another one", (text) => {
    expect(meansThisMachine(parseHostEntry(text), machine)).toBe(false);
  });

  it("knows the machine it runs on", () => {
    const own = thisMachine();
    const addresses = Object.values(networkInterfaces()).flatMap((infos = []) =>
      infos.map(({ address }) => address).filter((address) => !address.startsWith("fe80")),
    );
    for (const host of ["localhost", own.hostname, ...addresses]) {
      expect(meansThisMachine({ host, user: undefined, port: undefined }, own)).toBe(true);
    }
  });
});
