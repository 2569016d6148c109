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
  return { ...link, outcome: await outcomeOf(question) };
}

async function outcomeOf({ from, to, isRing, token }: LinkQuestion): Promise<LinkOutcome> {
  const { address: host, probe: listen } = from;
  if (listen === undefined) return untested(`${from.name} is not reached`);
  if (to.probe === undefined) return untested(`${to.name} is not reached`);
  if (host === undefined) return untested(`${from.name} has no address for it`);
  const listening = await listen({ kind: "listen", host, token });
  if (listening.kind === "failed") return { kind: "unheard", failure: listening };
  if (listening.kind !== "listening") return untested("no answer");
  const { port } = listening;
  const reply = await to.probe({ kind: "connect", host, port, token, withBandwidth: isRing });
  if (reply.kind === "measured") return reply;
  return reply.kind === "failed" ? { kind: "unreached", failure: reply } : untested("no answer");
}

function untested(reason: string): LinkOutcome {
  return { kind: "untested", reason };
}
