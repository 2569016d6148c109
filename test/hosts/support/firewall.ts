/** The firewall of one host: new TCP connections to some ports are dropped without an answer. */
import type { Namespaces } from "./namespaces.js";
import { requireForHosts } from "./requirements.js";

/** `ports` as nft writes them, such as "22" or "1024-65535"; connections that are open stay open. */
export async function closePorts(host: Namespaces, ports: string): Promise<void> {
  requireForHosts(["nft"]);
  await openPorts(host);
  const rule = `tcp dport ${ports} tcp flags & (syn | ack) == syn drop`;
  await host.run(
    "nft",
    "add table inet closed; " +
      "add chain inet closed input { type filter hook input priority 0; }; " +
      `add rule inet closed input iif != lo ${rule}`,
  );
}

export async function openPorts(host: Namespaces): Promise<void> {
  // Added first, so that there is one to delete.
  await host.run("nft", "add table inet closed; delete table inet closed");
}
