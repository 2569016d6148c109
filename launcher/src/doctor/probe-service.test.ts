import { afterEach, describe, expect, it } from "@jest/globals";
import { once } from "node:events";
import { connect } from "node:net";
import { type ProbeReply } from "./probe-messages.js";
import { createProbeService } from "./probe-service.js";

const token = "0123456789abcdef0123456789abcdef";
const host = "127.0.0.1";
const service = createProbeService();
afterEach(() => {
  service.close();
});

async function listening(): Promise<Extract<ProbeReply, { kind: "listening" }>> {
  const reply = await service.probe({ kind: "listen", host, token });
  if (reply.kind !== "listening") throw new Error(`expected a port, got ${reply.kind}`);
  return reply;
}
const listen = async (): Promise<number> => (await listening()).port;

const dial = (
  port: number,
  said: string,
  withBandwidth: boolean,
  spread: readonly number[] = [],
): Promise<ProbeReply> =>
  service.probe({ kind: "connect", host, port, spread, token: said, withBandwidth });

describe("the probe of a link", () => {
  it("measures round trip and bandwidth", async () => {
    const reply = await dial(await listen(), token, true);
    expect(reply).toMatchObject({ kind: "measured" });
    const measure = reply.kind === "measured" ? reply.measure : undefined;
    expect(measure?.roundTripMs).toBeGreaterThan(0);
    expect(measure?.bitsPerSecond).toBeGreaterThan(1e6);
  });

  it("measures the round trip alone where no more is asked", async () => {
    const reply = await dial(await listen(), token, false);
    expect(reply).toEqual({ kind: "measured", measure: { roundTripMs: expect.any(Number) } });
  });

  it("tries ports of all parts of the range, also where two links have the same", async () => {
    const [one, two] = [await listening(), await listening()];
    expect([one.spread.length, two.spread.length]).toEqual([5, 5]);
    expect(new Set([...one.spread, ...two.spread]).size).toBe(10);
    expect(await dial(one.port, token, false, one.spread)).toEqual({
      kind: "measured",
      measure: { roundTripMs: expect.any(Number) },
    });
    // Nobody listens there.
    expect(await dial(one.port, token, false, [1, ...two.spread])).toMatchObject({
      measure: { closedPorts: [{ port: 1, code: "ECONNREFUSED" }] },
    });
  });

  it("looks up names, and takes those that it does not know for unknown", async () => {
    const names = ["localhost", "no-such-host.invalid"];
    const reply = await service.probe({ kind: "look-up", names });
    const addresses = reply.kind === "looked-up" ? reply.addresses : {};
    expect(addresses["no-such-host.invalid"]).toEqual([]);
    expect(["127.0.0.1", "::1"]).toEqual(
      expect.arrayContaining(addresses["localhost"]?.slice() ?? []),
    );
    expect(addresses["localhost"]).not.toEqual([]);
  });

  it("hangs up on whoever does not know the token", async () => {
    const port = await listen();
    expect(await dial(port, token.replace("f", "0"), false)).toMatchObject({
      kind: "failed",
      code: "ECONNRESET",
    });
    const stranger = connect(port, host);
    stranger.on("error", () => undefined).write("GET / HTTP/1.1\r\n\r\n");
    await once(stranger, "close");
    expect(stranger.bytesRead).toBe(0);
  });

  it("says that nobody listens, and where it cannot listen itself", async () => {
    const port = await listen();
    service.close();
    expect(await dial(port, token, false)).toMatchObject({ kind: "failed", code: "ECONNREFUSED" });
    // Reserved for documentation: no machine has it.
    expect(await service.probe({ kind: "listen", host: "192.0.2.1", token })).toMatchObject({
      kind: "failed",
      code: "EADDRNOTAVAIL",
    });
  });
});
