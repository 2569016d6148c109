/**
 * The dialling end of a link under test (serve-link.ts): as a rank does, it connects to its left
 * neighbour and pulls, so the bandwidth is that of what the listener sends.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type ClosedPort, failureOf, type LinkMeasure, type ProbeOrder } from "./probe-messages.js";
import { bandwidthByte, pingByte } from "./serve-link.js";

type ConnectOrder = Extract<ProbeOrder, { kind: "connect" }>;

const connectMs = 5000;
const measureMs = 15_000;
const pingCount = 21;

/** Rejects with the system's error, or one of code ETIMEDOUT. */
export async function measureLink(order: ConnectOrder): Promise<LinkMeasure> {
  const { host, port, spread, token, withBandwidth } = order;
  const socket = connect({ host, port, noDelay: true });
  const gone = new AbortController();
  socket.on("error", () => undefined);
  socket.once("close", () => {
    gone.abort();
  });
  try {
    await within(connectMs, (signal) => once(socket, "connect", { signal }));
    socket.write(token);
    const measure = await within(measureMs, async (late) => {
      const signal = AbortSignal.any([late, gone.signal]);
      const roundTripMs = await pingMedianMs(socket, signal);
      if (!withBandwidth) return { roundTripMs };
      return { roundTripMs, bitsPerSecond: await pull(socket, signal) };
    });
    const closedPorts = await Promise.all(spread.map((one) => tryPort(host, one)));
    const closed = closedPorts.filter((one) => one !== undefined);
    return closed.length === 0 ? measure : { ...measure, closedPorts: closed };
  } finally {
    socket.destroy();
  }
}

/** Undefined where it is reached. */
async function tryPort(host: string, port: number): Promise<ClosedPort | undefined> {
  const socket = connect({ host, port });
  socket.on("error", () => undefined);
  try {
    await within(connectMs, (signal) => once(socket, "connect", { signal }));
    return undefined;
  } catch (error) {
    return { port, code: failureOf(error).code };
  } finally {
    socket.destroy();
  }
}

async function pingMedianMs(socket: Socket, signal: AbortSignal): Promise<number> {
  const timesMs: number[] = [];
  for (let i = 0; i < pingCount; i++) {
    const startMs = performance.now();
    socket.write(Buffer.of(pingByte));
    await once(socket, "data", { signal });
    timesMs.push(performance.now() - startMs);
  }
  timesMs.sort((a, b) => a - b);
  return timesMs[pingCount >> 1] ?? NaN;
}

/** From the first piece that comes: the way there is not counted. */
async function pull(socket: Socket, signal: AbortSignal): Promise<number> {
  let bytes = 0;
  let firstMs: number | undefined;
  let lastMs = 0;
  socket.on("data", (chunk: Buffer) => {
    lastMs = performance.now();
    if (firstMs === undefined) firstMs = lastMs;
    else bytes += chunk.length;
  });
  socket.write(Buffer.of(bandwidthByte));
  await once(socket, "end", { signal });
  return (bytes * 8000) / (lastMs - (firstMs ?? lastMs));
}

async function within<Result>(
  timeoutMs: number,
  act: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
  }, timeoutMs);
  try {
    return await act(late.signal);
  } catch (error) {
    if (late.signal.aborted) {
      const reason = `nothing within ${timeoutMs / 1000} s`;
      throw Object.assign(new Error(reason), { code: "ETIMEDOUT" });
    }
    if ((error as Error).name === "AbortError") {
      throw Object.assign(new Error("the connection was closed"), { code: "ECONNRESET" });
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
