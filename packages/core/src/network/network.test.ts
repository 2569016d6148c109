import { type NetworkInterfaceInfo, networkInterfaces } from "node:os";
import { describe, expect, it } from "@jest/globals";
import { chooseAddress } from "./choose-address.js";
import { expectReachable } from "./expect-reachable.js";
import { localAddressTo } from "./local-address-to.js";
import { type Interfaces, pickAddress } from "./pick-address.js";

function at(cidr: string): NetworkInterfaceInfo {
  const [address = ""] = cidr.split("/");
  const shared = { address, cidr, netmask: "", mac: "", internal: /^(127|::1)/.test(cidr) };
  return cidr.includes(":")
    ? { ...shared, family: "IPv6", scopeid: 0 }
    : { ...shared, family: "IPv4" };
}

const interfaces: Interfaces = {
  lo: [at("127.0.0.1/8"), at("::1/128")],
  eth0: [at("10.0.0.5/8"), at("fe80::5/64"), at("fd00::5/64")],
  ib0: [at("10.1.0.5/16")],
  docker0: [at("172.17.0.1/16")],
  tun0: [at("fe80::9/64")],
};

describe("the address for a peer", () => {
  it.each([
    ["10.2.3.4", "10.0.0.5"],
    ["10.1.3.4", "10.1.0.5"],
    ["10.0.0.5", "10.0.0.5"],
    ["172.17.4.4", "172.17.0.1"],
    ["fd00::77", "fd00::5"],
    ["127.0.0.1", "127.0.0.1"],
    ["127.0.0.9", "127.0.0.9"],
    ["::1", "::1"],
  ])("of %s is that in the smallest network with it: %s", (peer, address) => {
    expect(pickAddress({ interfaces, peer })).toBe(address);
  });

  it.each([
    ["eth0", "192.168.7.7", "10.0.0.5"],
    ["eth0", "fd00::77", "fd00::5"],
    ["eth0", "2001:db8::1", "fd00::5"],
    ["ib0", "10.2.3.4", "10.1.0.5"],
    ["lo", "10.2.3.4", "127.0.0.1"],
  ])("is on %s where the user says so", (networkInterface, peer, address) => {
    expect(pickAddress({ interfaces, peer, networkInterface })).toBe(address);
  });

  it("is refused with a list of the interfaces where there is none", () => {
    const list = /there are lo \(127\.0\.0\.1\/8, ::1\/128\), eth0 \(10\.0\.0\.5\/8, .*ib0/;
    const unknown = () => pickAddress({ interfaces, peer: "10.1.0.1", networkInterface: "eth7" });
    expect(unknown).toThrow(/config_invalid.*"eth7"/);
    expect(unknown).toThrow(list);
    const ofOther = () => pickAddress({ interfaces, peer: "fd00::1", networkInterface: "ib0" });
    expect(ofOther).toThrow(/config_invalid.*ib0 to have an IPv6 address/);
    const linkLocal = () => pickAddress({ interfaces, peer: "fd00::1", networkInterface: "tun0" });
    expect(linkLocal).toThrow(/config_invalid.*tun0/);
    const beyond = () => pickAddress({ interfaces, peer: "192.168.7.7" });
    expect(beyond).toThrow(/transport_unavailable.*192\.168\.7\.7/);
    expect(beyond).toThrow(list);
    expect(() => pickAddress({ interfaces: {}, peer: "10.0.0.1" })).toThrow(/there are none/);
    expect(() => pickAddress({ interfaces, peer: "host-1" })).toThrow(/config_invalid.*"host-1"/);
  });
});

describe("the route to a peer", () => {
  it("on this host begins where it ends", async () => {
    expect(await localAddressTo("127.0.0.1", interfaces)).toBe("127.0.0.1");
    expect(await chooseAddress("::1")).toBe("::1");
    expect(await chooseAddress("127.0.0.1", "lo")).toBe("127.0.0.1");
  });

  it("begins at an address of this host", async () => {
    const own = Object.values(networkInterfaces()).flatMap((infos) => infos ?? []);
    for (const { address, family, internal } of own) {
      if (internal || family === "IPv6") continue;
      expect(own.map((info) => info.address)).toContain(await chooseAddress(address));
    }
  });

  it("that there is not is an error with a list of the interfaces", async () => {
    // Reserved, and in no routing table.
    await expect(localAddressTo("255.255.255.255", interfaces)).rejects.toThrow(
      /transport_unavailable.*255\.255\.255\.255.*eth0 \(10\.0\.0\.5\/8/,
    );
  });
});

describe("a host that ssh has reached", () => {
  it.each([
    ["127.0.0.1", /ssh reaches it at 127\.0\.0\.1, its own loopback, as through a tunnel/],
    ["::1", /its own loopback/],
    ["fe80::5%eth0", /a link-local address, which no other host can dial/],
  ])("at %s is refused, since no rank could", (reachedAt, why) => {
    const refused = () => {
      expectReachable("node2", { interfaces, reachedAt });
    };
    expect(refused).toThrow(why);
    expect(refused).toThrow("[config_invalid] host node2");
  });

  it("at its loopback may be this machine, and at another address any", () => {
    expectReachable("node2", { interfaces: networkInterfaces(), reachedAt: "127.0.0.1" });
    expectReachable("node2", { interfaces, reachedAt: "192.168.7.7" });
  });
});
