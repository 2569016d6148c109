/** One link: the one end listens, the other dials and measures. */
import { type LinkFinding, type LinkOutcome } from "./findings.js";
import { type ProbeOrder, type ProbeReply } from "./probe-messages.js";

export interface LinkEnd {
  readonly name: string;
  /** Undefined where the host is not reached. */
  readonly probe: ((order: ProbeOrder) => Promise<ProbeReply>) | undefined;
}

export interface LinkQuestion {
  readonly from: LinkEnd & { readonly address: string | undefined };
  readonly to: LinkEnd;
  /** Its bandwidth is taken too. */
  readonly isRing: boolean;
  /** 32 hexadecimal digits. */
  readonly token: string;
}

export async function testLink(question: LinkQuestion): Promise<LinkFinding> {
  const { from, to, isRing } = question;
  const link = { from: from.name, to: to.name, address: from.address ?? "", isRing };
  return { ...link, ports: anyPort, ...(await outcomeOf(question)) };
}

/** Where the system does not say. */
const anyPort = "1024-65535";

async function outcomeOf({
  from,
  to,
  isRing,
  token,
}: LinkQuestion): Promise<Pick<LinkFinding, "outcome"> & Partial<LinkFinding>> {
  const { address: host, probe: listen } = from;
  if (listen === undefined) return untested(`${from.name} is not reached`);
  if (to.probe === undefined) return untested(`${to.name} is not reached`);
  if (host === undefined) return untested(`${from.name} has no address for it`);
  const listening = await listen({ kind: "listen", host, token });
  if (listening.kind === "failed") return { outcome: { kind: "unheard", failure: listening } };
  if (listening.kind !== "listening") return untested("no answer");
  const { port, spread, range } = listening;
  const order = { kind: "connect", host, port, spread, token, withBandwidth: isRing } as const;
  const reply = await to.probe(order);
  const ports = range === undefined ? anyPort : `${range.first}-${range.last}`;
  if (reply.kind === "measured") return { ports, outcome: reply };
  return reply.kind === "failed"
    ? { ports, outcome: { kind: "unreached", failure: reply } }
    : untested("no answer");
}

function untested(reason: string): { readonly outcome: LinkOutcome } {
  return { outcome: { kind: "untested", reason } };
}
