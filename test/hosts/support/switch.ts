/**
 * What joins the hosts: a bridge in a network namespace of its own. The machine's own interfaces,
 * addresses and routes are not touched, so the hosts' addresses cannot collide with anything.
 */
import { createNamespaces, type Namespaces } from "./namespaces.js";
import { eventually } from "./eventually.js";
import { succeeded } from "./running-command.js";

export interface Port {
  /** Pulls the cable: the host keeps its address and routes, and sees no carrier. */
  unplug(): Promise<void>;
  /** Resolves when host and bridge have seen the carrier, up to a second later: packets pass again. */
  plug(): Promise<void>;
  /** Limits what goes to the host, and what comes from it, to `rate` each; "1gbit" as tc writes it. */
  shape(rate: string): Promise<void>;
  unshape(): Promise<void>;
}

export interface Switch {
  /** Gives a host its interface, `eth0`, with these addresses in CIDR notation. */
  attach(name: string, host: Namespaces, addresses: readonly string[]): Promise<Port>;
  close(): Promise<void>;
}

const networkInterface = "eth0";

export async function createSwitch(): Promise<Switch> {
  const inside = await createNamespaces(["bash", "-c", "echo ready; read -r _"]);
  await inside.run("ip", "link", "add", "bridge", "type", "bridge");
  await inside.run("ip", "link", "set", "bridge", "up");
  return {
    attach: async (name, host, addresses) => {
      const port = `port-${name}`;
      const pid = String(host.firstPid);
      const peer = ["peer", "name", networkInterface, "netns", pid];
      await inside.runInNetwork("ip", "link", "add", port, "type", "veth", ...peer);
      await inside.run("ip", "link", "set", port, "master", "bridge", "up");
      for (const address of addresses) {
        // nodad: an IPv6 address may be used at once.
        const flags = address.includes(":") ? ["nodad"] : [];
        await host.run("ip", "address", "add", address, "dev", networkInterface, ...flags);
      }
      await host.run("ip", "link", "set", networkInterface, "up");
      const ends = [
        { namespaces: host, device: networkInterface },
        { namespaces: inside, device: port },
      ];
      return {
        unplug: () => inside.run("ip", "link", "set", port, "down"),
        plug: async () => {
          await inside.run("ip", "link", "set", port, "up");
          await linkShows(host, networkInterface, "state UP");
          await linkShows(inside, port, "bridge_slave state forwarding");
        },
        shape: async (rate) => {
          const filter = ["tbf", "rate", rate, "burst", burst(rate), "latency", "50ms"];
          for (const { namespaces, device } of ends) {
            await namespaces.run("tc", "qdisc", "replace", "dev", device, "root", ...filter);
          }
        },
        unshape: async () => {
          for (const { namespaces, device } of ends) {
            await namespaces.run("tc", "qdisc", "del", "dev", device, "root");
          }
        },
      };
    },
    close: () => inside.kill(),
  };
}

/** The kernel tells of carriers at most once a second, and each end by itself. */
async function linkShows(namespaces: Namespaces, device: string, state: string): Promise<void> {
  const show = ["ip", "-oneline", "-details", "link", "show", device];
  await eventually(`${device} has ${state}`, async () =>
    (await succeeded("ip link show", namespaces.start(show).done)).includes(state),
  );
}

/** Two milliseconds' worth of bytes, which timers can keep full, and at least some packets. */
function burst(rate: string): string {
  const [, amount, unit] = /^(\d+)(kbit|mbit|gbit)$/.exec(rate) ?? [];
  if (amount === undefined || unit === undefined) {
    throw new Error(`expected a rate such as 100mbit or 1gbit, got "${rate}"`);
  }
  const bitsPerSecond = Number(amount) * { kbit: 1e3, mbit: 1e6, gbit: 1e9 }[unit as "kbit"];
  return String(Math.max(32_768, Math.round((bitsPerSecond / 8) * 0.002)));
}
