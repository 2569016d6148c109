/**
 * A timeline of hosts that share no folder for it: what ranks of other hosts record comes to tsrun's, in
 * the time of tsrun's, whose monotonic clock the others' know nothing of.
 */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  endOf,
  grouped,
  overlapping,
  type Span,
  spansOf,
  startOf,
  type TraceEvent,
} from "../support/trace.js";
import { fixture } from "../support/tsrun.js";
import type { Host } from "./support/host.js";
import { createHosts, type Hosts } from "./support/hosts.js";
import { runTsrun, startTsrun } from "./support/tsrun.js";

interface Clock {
  readonly rank: number;
  readonly host: string;
  readonly errorUs: number;
}
interface Trace {
  readonly otherData?: { readonly clocks: readonly Clock[] };
  readonly traceEvents: readonly TraceEvent[];
}

let hosts: Hosts;
let a: Host;
let b: Host;
let c: Host;
beforeAll(async () => {
  hosts = await createHosts({ count: 3 });
  [a, b, c] = [hosts.host(0), hosts.host(1), hosts.host(2)];
});
afterAll(() => hosts.close());

/** Every host has a /tmp of its own. */
const readIn = async (host: Host, file: string): Promise<Trace> =>
  JSON.parse((await host.exec("cat", [file])).stdout) as Trace;

/** Files of kolo's in the host's temporary folder; the folder of the tests themselves is no such. */
async function leftIn(host: Host): Promise<string[]> {
  const { stdout } = await host.exec("find", [
    "/tmp",
    "-xdev",
    "-name",
    "*kolo*",
    "-o",
    "-name",
    "*.part",
  ]);
  return stdout.split("\n").filter((path) => path !== "" && !/^\/tmp\/kolo-hosts-\d/.test(path));
}

/** The spans of each reduction, of whatever thread had it from end to end. */
function reductionsIn(spans: readonly Span[]): Span[][] {
  const runs = spans.filter(
    ({ name, thread }) => name === "allReduce gradients/0" && thread !== "main",
  );
  const whole = runs.filter(
    ({ rank, thread }) =>
      thread === "shared memory" ||
      !runs.some((other) => other.rank === rank && other.thread === "shared memory"),
  );
  return grouped(whole, ({ args }) => String(args["step"]));
}

describe("a timeline of several hosts", () => {
  it.each(["auto", "grpc"])(
    "has all ranks in one time, to the error it states, and leaves nothing (--transport %s)",
    async (transport) => {
      // The wall clock has nothing to do with it.
      await b.skewClock(3);
      const { code, stderr, left } = await runTsrun(hosts, a, [
        ...["--quiet", "--backend", "cpu", "-H", "host-a:2,host-b:2", "--transport", transport],
        ...["--timeline", "/tmp/trace.json", fixture("hosts.mts")],
      ]);
      expect({ code, stderr, left }).toMatchObject({ code: 0, left: [] });
      expect(stderr).not.toContain("tsrun:");
      const { otherData, traceEvents } = await readIn(a, "/tmp/trace.json");
      const clocks = otherData?.clocks ?? [];
      expect(clocks).toMatchObject([
        { rank: 2, host: "host-b" },
        { rank: 3, host: "host-b" },
      ]);
      const errorUs = clocks[0]?.errorUs ?? NaN;
      process.stdout.write(
        `--transport ${transport}: the clock of host-b is known to ${errorUs} µs\n`,
      );
      expect(errorUs).toBeGreaterThan(0);
      expect(errorUs).toBeLessThan(100_000);

      const spans = spansOf(traceEvents);
      expect(overlapping(spans)).toEqual([]);
      const together = reductionsIn(spans);
      expect(together).toHaveLength(8);
      for (const ranks of together) {
        expect(ranks.map(({ rank }) => rank).sort()).toEqual([0, 1, 2, 3]);
        const lastBeganNs = Math.max(...ranks.map(startOf));
        const firstEndedNs = Math.min(...ranks.map(endOf));
        expect(firstEndedNs + errorUs * 1000).toBeGreaterThan(lastBeganNs);
      }
      const labels = traceEvents.flatMap(({ name, args }) =>
        name === "process_labels" ? [args["labels"]] : [],
      );
      const other = expect.stringMatching(/^host-b, clock within \d+\.\d\d ms$/);
      expect(labels).toEqual(["host-a", "host-a", other, other]);
      expect(await leftIn(a)).toEqual([]);
      expect((await a.exec("ls", ["/tmp/trace.json"])).code).toBe(0);
      expect([await leftIn(b), (await b.exec("ls", ["/tmp/trace.json"])).code]).toEqual([[], 2]);
    },
  );

  it("has the windows that ranks record by themselves", async () => {
    const { code, stderr, left } = await runTsrun(hosts, a, [
      ...["--quiet", "--backend", "wasm", "-H", "host-a,host-b"],
      ...[fixture("timeline.mts"), "windows", "/tmp/own.json"],
    ]);
    expect({ code, stderr, left }).toMatchObject({ code: 0, left: [] });
    expect(stderr).not.toContain("tsrun:");
    const spans = spansOf((await readIn(a, "/tmp/own.json")).traceEvents);
    for (const rank of [0, 1]) {
      const steps = spans.filter((span) => span.rank === rank && span.name === "step");
      expect(steps.map(({ args }) => args["step"])).toEqual([3, 4, 5, 6, 10, 11]);
    }
    expect([await leftIn(a), await leftIn(b)]).toEqual([[], []]);
  });

  it("leaves an earlier one alone where a host is not reached", async () => {
    await a.exec("bash", ["-c", "echo earlier > /tmp/earlier.json"]);
    const { code } = await runTsrun(hosts, a, [
      ...["-H", "host-a,host-z", "--timeline", "/tmp/earlier.json", fixture("hosts.mts")],
    ]);
    const { stdout } = await a.exec("cat", ["/tmp/earlier.json"]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "earlier\n" });
    await a.exec("rm", ["/tmp/earlier.json"]);
  });

  it("of which an agent is killed leaves nothing there, and says what it lacks", async () => {
    const job = startTsrun(hosts, a, [
      ...["--quiet", "--backend", "cpu", "-H", "host-a,host-b", "--timeline", "/tmp/killed.json"],
      ...[fixture("faults.mts"), "runs"],
    ]);
    await Promise.all([0, 1].map((rank) => job.printed(`rank ${rank} is pid`)));
    expect(await leftIn(b)).not.toEqual([]);
    await b.exec("pkill", ["-9", "-f", "lib/agent.js"]);
    const { stderr, left } = await job.done;
    expect(left).toEqual([]);
    expect(stderr).toMatch(
      /warning: --timeline: the timeline \/tmp\/killed\.json lacks all of rank 1 on host-b: .*connection to its agent ended/,
    );
    const spans = spansOf((await readIn(a, "/tmp/killed.json")).traceEvents);
    expect(new Set(spans.map(({ rank }) => rank))).toEqual(new Set([0]));
    expect([await leftIn(a), await leftIn(b)]).toEqual([[], []]);
  });

  it("of which a host dies has the others, and says what it lacks", async () => {
    const job = startTsrun(hosts, a, [
      ...["--quiet", "--backend", "cpu", "-H", "host-a,host-b,host-c"],
      ...["--timeline", "/tmp/died.json", fixture("faults.mts"), "runs"],
    ]);
    await Promise.all([0, 1, 2].map((rank) => job.printed(`rank ${rank} is pid`)));
    await c.kill();
    const { stderr, left } = await job.done;
    expect(left).toEqual([]);
    expect(stderr).toMatch(/lacks all of rank 2 on host-c: .*silent for 7 s/);
    const spans = spansOf((await readIn(a, "/tmp/died.json")).traceEvents);
    expect(new Set(spans.map(({ rank }) => rank))).toEqual(new Set([0, 1]));
    expect([await leftIn(a), await leftIn(b)]).toEqual([[], []]);
  });
});
