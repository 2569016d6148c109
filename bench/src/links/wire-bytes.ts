/** What has passed the shaper of a host's link, as tc counts it: with headers of every packet. */
import { type Host } from "@kolo/test/hosts/host";

/** Sent by the host since it has its link. */
export async function wireBytesSent(host: Host): Promise<number> {
  const show = ["-statistics", "-json", "qdisc", "show", "dev", "eth0"];
  const { code, stdout, stderr } = await host.exec("tc", show);
  if (code !== 0) throw new Error(`tc on ${host.name} ended with ${String(code)}: ${stderr}`);
  return shapedBytes(stdout);
}

/** From what `tc -statistics -json qdisc show` prints. Pure. */
export function shapedBytes(text: string): number {
  const queues = JSON.parse(text) as readonly { kind: string; bytes: number }[];
  const shaper = queues.find(({ kind }) => kind === "tbf");
  if (shaper === undefined) throw new Error(`expected a link shaped by tbf, got ${text}`);
  return shaper.bytes;
}
