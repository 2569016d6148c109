/** What a host does for `tsrun doctor`: in tsrun itself, and in the agent of another host. */
import { measureLink } from "./measure-link.js";
import { failureOf, type ProbeOrder, type ProbeReply } from "./probe-messages.js";
import { type LinkServer, serveLink } from "./serve-link.js";

export interface ProbeService {
  /** Never rejects. */
  readonly probe: (order: ProbeOrder) => Promise<ProbeReply>;
  /** Ends what listens. */
  readonly close: () => void;
}

export function createProbeService(): ProbeService {
  const servers: LinkServer[] = [];
  return {
    probe: async (order) => {
      try {
        if (order.kind === "connect") {
          return { kind: "measured", measure: await measureLink(order) };
        }
        const server = await serveLink(order.host, order.token);
        servers.push(server);
        return { kind: "listening", port: server.port };
      } catch (error) {
        return failureOf(error);
      }
    },
    close: () => {
      for (const server of servers) server.close();
    },
  };
}
