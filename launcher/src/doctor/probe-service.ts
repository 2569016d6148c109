/** What a host does for `tsrun doctor`: in tsrun itself, and in the agent of another host. */
import { lookUp } from "./look-up.js";
import { measureLink } from "./measure-link.js";
import { failureOf, type ProbeOrder, type ProbeReply } from "./probe-messages.js";
import { serveLink } from "./serve-link.js";

export interface ProbeService {
  /** Never rejects. */
  readonly probe: (order: ProbeOrder) => Promise<ProbeReply>;
  /** Ends what listens. */
  readonly close: () => void;
}

export function createProbeService(): ProbeService {
  const closers: (() => void)[] = [];
  return {
    probe: async (order) => {
      try {
        switch (order.kind) {
          case "look-up":
            return { kind: "looked-up", addresses: await lookUp(order.names) };
          case "connect":
            return { kind: "measured", measure: await measureLink(order) };
          case "listen": {
            const { listening, close } = await serveLink(order.host, order.token);
            closers.push(close);
            return { kind: "listening", ...listening };
          }
        }
      } catch (error) {
        return failureOf(error);
      }
    },
    close: () => {
      for (const close of closers) close();
    },
  };
}
