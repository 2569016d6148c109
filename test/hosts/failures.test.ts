/**
 * What goes wrong on one of several hosts: the cause is named once, with its rank and host, and the
 * job ends everywhere. Hosts are shared among tests; one that was cut off or frozen comes back, and the
 * one that is killed is the last.
 */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { join } from "node:path";
import { fixture } from "../support/tsrun.js";
import type { Host } from "./support/host.js";
import { createHosts, type Hosts } from "./support/hosts.js";
import { createKey } from "./support/ssh-files.js";
import {
  type HostsTsrunResult,
  pretendedNode,
  pretendVersion,
  type RunningHostsTsrun,
  startTsrun,
} from "./support/tsrun.js";

let hosts: Hosts;
let a: Host;
let b: Host;
let c: Host;
beforeAll(async () => {
  hosts = await createHosts({ count: 3, diskBytes: 2 ** 24 });
  [a, b, c] = [hosts.host(0), hosts.host(1), hosts.host(2)];
});
afterAll(() => hosts.close());

/** Starts a job from host-a, by default with a rank on each host. */
function start(scenario: readonly string[], ...flags: string[]): RunningHostsTsrun {
  const list = flags.includes("-H") ? [] : ["-H", "host-a,host-b,host-c"];
  return startTsrun(
    hosts,
    a,
    ["--quiet", "--backend", "cpu", ...list, ...flags, fixture("faults.mts"), ...scenario],
    // As long as a host that hears nothing may take to find out, and to end its ranks.
    { graceMs: 15_000 },
  );
}

/** A job that takes small steps for ever; resolves when every rank has taken some. */
async function running(...flags: string[]): Promise<RunningHostsTsrun> {
  const job = start(["runs"], ...flags);
  await Promise.all([0, 1, 2].map((rank) => job.printed(`rank ${rank} is pid`)));
  return job;
}

const pidOf = (job: RunningHostsTsrun, rank: number): string =>
  new RegExp(`rank ${rank} is pid (\\d+)`).exec(job.stdout())?.[1] ?? "none";

/** Does what is wrong, and says after how many seconds tsrun named it, and had ended. */
async function seconds(job: RunningHostsTsrun, named: string, wrong: () => Promise<unknown>) {
  const startMs = performance.now();
  const since = () => (performance.now() - startMs) / 1000;
  await wrong();
  const ended = job.ended.then(since);
  await job.printed(named);
  const times = { named: since(), ended: await ended };
  const title = expect.getState().currentTestName ?? "";
  process.stdout.write(
    `${title}: named after ${times.named.toFixed(1)} s, over after ${times.ended.toFixed(1)} s\n`,
  );
  return times;
}

/** Until there is not a byte left. */
const fill = (host: Host, folder: string) =>
  host.exec("bash", ["-c", `cat /dev/zero > ${folder}/full`]);
const empty = (host: Host, folder: string) => host.exec("rm", [`${folder}/full`]);

/**
 * Waits until nothing of the job is left on a host that was cut off. What stays is the system's own
 * session of sshd (sshd-session since OpenSSH 9.8), which knows nothing of its client's end until TCP
 * gives up, after minutes.
 */
async function emptied(host: Host): Promise<void> {
  const isSession = ({ command }: { command: string }) => /^sshd(-session)?: /.test(command);
  expect(await host.processesGone(20_000, isSession)).toEqual([]);
  await host.exec("pkill", ["-f", "^sshd(-session)?: root@notty"]);
}

/** Plugs the cable in again, and waits until no host remembers that it did not find another. */
async function rejoin(host: Host): Promise<void> {
  await host.linkUp();
  // ping ends at the first error that it is told of, whatever it is asked for.
  const reach = (from: Host, { name }: Host) =>
    from.exec("timeout", ["20", "bash", "-c", `until ping -c 1 -W 1 ${name}; do :; done`]);
  const others = hosts.all.filter((one) => one !== host);
  const reached = others.flatMap((one) => [reach(host, one), reach(one, host)]);
  for (const { code } of await Promise.all(reached)) expect(code).toBe(0);
}

/** That this is the error of the job, that no other is printed, and nothing runs any more. */
function expectCause(result: HostsTsrunResult, cause: RegExp, code = 1): void {
  const { stderr, left } = result;
  expect(stderr).toMatch(cause);
  expect(stderr.match(/ failed: /g)).toHaveLength(1);
  expect(stderr.match(/\[[a-z]+_[a-z]+\] /g) ?? [""]).toHaveLength(1);
  expect({ code: result.code, left }).toEqual({ code, left: [] });
}

describe("a rank on another host", () => {
  it("that throws is named with its host", async () => {
    const result = await start(["throws", "1"]).done;
    expectCause(result, /rank 1 .*host-b.*boom in the middle of training/);
    expect(result.stderr.match(/boom in the middle/g)).toHaveLength(1);
  });

  it("that is killed is named with its host", async () => {
    const job = await running();
    await b.exec("kill", ["-9", pidOf(job, 1)]);
    expectCause(await job.done, /rank 1 .*host-b.*SIGKILL/, 137);
  });

  it("that finds the disk full goes on without a timeline", async () => {
    const job = await running("--timeline", "/tmp/trace.json");
    await fill(b, "/tmp");
    await job.printed("no longer writes the timeline");
    job.kill("SIGTERM");
    const { code, stderr, left } = await job.done;
    await empty(b, "/tmp");
    expect(stderr).toMatch(/rank 1 no longer writes the timeline .*ENOSPC/);
    expect({ code, left }).toEqual({ code: 143, left: [] });
  });
});

describe("a host whose disk is full", () => {
  it("trains all the same: kolo needs none", async () => {
    await fill(b, "/tmp");
    const { code, stdout, left } = await start(["awaits-late"]).done;
    await empty(b, "/tmp");
    expect(stdout.match(/gathered \[0,1,2\]/g)).toHaveLength(3);
    expect({ code, left }).toEqual({ code: 0, left: [] });
  });

  it("is named with the rank that can save nothing there", async () => {
    const result = await start(["fills-disk"]).done;
    await b.exec("rm", ["-f", "/tmp/checkpoint"]);
    expectCause(result, /rank 1 .*host-b.*ENOSPC/);
  });
});

describe("tsrun", () => {
  it("whose disk is full says so, and goes on without files of the output", async () => {
    await fill(a, "/tmp");
    const { code, stdout, stderr, left } = await start(["awaits-late"], "--output-dir", "/tmp/out")
      .done;
    await empty(a, "/tmp");
    expect(stderr).toMatch(
      /--output-dir: no longer writing \/tmp\/out\/rank\.0001\/stdout: ENOSPC/,
    );
    expect(stdout.match(/gathered \[0,1,2\]/g)).toHaveLength(3);
    expect({ code, left }).toEqual({ code: 0, left: [] });
  });

  it.each(["SIGTERM", "SIGKILL"] as const)("ended by %s leaves nothing", async (signal) => {
    const job = await running();
    job.kill(signal);
    expect((await job.done).left).toEqual([]);
  });

  it("that is cut off itself says that it may be, and no host keeps its ranks", async () => {
    const job = await running("-H", "host-b,host-c:2");
    const times = await seconds(job, "[host_lost]", () => a.linkDown());
    expect(times.named).toBeLessThan(10);
    await Promise.all([b, c].map(emptied));
    await rejoin(a);
    expectCause(
      await job.done,
      /\[host_lost\] .*host-[bc].* no other host is heard of either, so it may be this host/,
    );
  });

  it("whose ssh is killed names the host it led to", async () => {
    const job = await running();
    await a.exec("pkill", ["-9", "-f", "^ssh .*host-b"]);
    expectCause(await job.done, /\[host_lost\] host host-b: .*SIGKILL/);
  });
});

describe("a host", () => {
  it("that freezes is named within 10 s, and its ranks end when it thaws", async () => {
    const job = await running("-H", "host-a,host-b:2");
    const times = await seconds(job, "host-b", () => b.freeze());
    expect(times.named).toBeLessThan(10);
    b.thaw();
    expectCause(await job.done, /\[host_lost\] host host-b/);
  });

  it("whose link is cut is named within 10 s, and its ranks end by themselves", async () => {
    const job = await running("-H", "host-a:2,host-b");
    const times = await seconds(job, "host-b", () => b.linkDown());
    expect(times.named).toBeLessThan(10);
    await emptied(b);
    await rejoin(b);
    expectCause(await job.done, /\[host_lost\] host host-b/);
  });

  it("is named sooner with a shorter --heartbeat-timeout, and is not suspected alone", async () => {
    const job = await running("--heartbeat-timeout", "5");
    const times = await seconds(job, "host-c", () => c.freeze());
    expect(times.named).toBeLessThan(5);
    c.thaw();
    const result = await job.done;
    expectCause(result, /\[host_lost\] host host-c: .*silent for 3\.5 s/);
    expect(result.stderr).not.toContain("this host");
  });

  it("may be cut off for longer with a longer one, and the job goes on", async () => {
    const end = join(hosts.folder, "end");
    const job = start(["runs-until", end], "--heartbeat-timeout", "40");
    await Promise.all([0, 1, 2].map((rank) => job.printed(`rank ${rank} is pid`)));
    await b.linkDown();
    // By then it would be lost with the default.
    await b.exec("sleep", ["9"]);
    await rejoin(b);
    await b.exec("touch", [end]);
    const { code, left } = await job.done;
    expect({ code, left }).toEqual({ code: 0, left: [] });
  });
});

describe("a host that cannot take part is named with the reason, and nothing is started:", () => {
  const refusal = async (...flags: string[]) => {
    const { code, stdout, stderr, left } = await start(["throws"], ...flags).done;
    expect({ code, stdout, left }).toEqual({ code: 1, stdout: "", left: [] });
    return stderr;
  };

  it("no sshd", async () => {
    await b.sshd.stop();
    const said = await refusal();
    await b.sshd.start();
    expect(said).toMatch(
      /\[host_unreachable\] host host-b: .*Connection refused\n.*command: ssh /s,
    );
  });

  it("a key that it does not know", async () => {
    const other = await createKey(join(hosts.folder, "other"));
    b.sshd.accept([other.publicKey]);
    const said = await refusal();
    b.sshd.accept([hosts.userKey.publicKey]);
    expect(said).toMatch(
      /\[host_unreachable\] host host-b: .*Permission denied \(publickey\).*command: ssh /s,
    );
  });

  it("a wrong name", async () => {
    expect(await refusal("-H", "host-a,host-z")).toMatch(
      /\[host_unreachable\] host host-z: .*Could not resolve hostname host-z.*command: ssh /s,
    );
  });

  it("another major version of Node, with ours", async () => {
    const [major] = process.versions.node.split(".");
    expect(await refusal("--node-path", pretendedNode(hosts, "v99.1.0"))).toMatch(
      new RegExp(
        `\\[host_mismatch\\] .*host-b: expected Node ${process.version} as here, got v99\\.1\\.0; ` +
          `name one of version ${major ?? ""} there with --node-path`,
        "s",
      ),
    );
  });

  it("no project", async () => {
    expect(await refusal("--wdir", "/nowhere")).toMatch(
      /\[host_incomplete\] .*host-b: no such directory there: \/nowhere/s,
    );
  });
});

describe("a job across hosts", () => {
  /** What clients of host-a, a plain one and one of TLS without a certificate, hear at host-b's ports. */
  const clients = `
    const heard = (socket) => new Promise((resolve) => {
      const parts = [];
      let refused;
      socket.on("data", (part) => parts.push(part)).on("error", ({ code }) => (refused = code));
      socket.on("close", () => resolve({ hex: Buffer.concat(parts).toString("hex"), refused }));
      socket.write("PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n");
      setTimeout(() => socket.destroy(), 1000);
    });
    const { connect } = require("node:tls");
    Promise.all(process.argv.slice(1).map(async (port) => ({
      plain: await heard(require("node:net").connect(port, "host-b")),
      tls: await heard(connect(port, "host-b", { rejectUnauthorized: false, ALPNProtocols: ["h2"] })),
    }))).then((all) => console.log(JSON.stringify(all)));`;
  type Heard = Record<"plain" | "tls", { readonly hex: string; readonly refused?: string }>;
  const heardFrom = async (...flags: string[]) => {
    const job = await running(...flags);
    // Where others can reach them, on IPv4 or IPv6: not on loopback.
    const { stdout: sockets } = await b.exec("ss", ["-Hltn", "not", "src", "127.0.0.0/8"]);
    const ports = [...sockets.matchAll(/:(\d+)\s/g)].map(([, port]) => port ?? "");
    const ranks = [...new Set(ports)].filter((port) => port !== "22");
    expect(ranks).not.toEqual([]);
    const { stdout } = await a.exec("node", ["-e", clients, ...ranks]);
    job.kill("SIGTERM");
    const { stderr, left, code } = await job.done;
    expect({ left, code }).toEqual({ left: [], code: 143 });
    return { heard: JSON.parse(stdout) as Heard[], stderr };
  };

  it.each(["grpc", "tcp"])("tells strangers nothing but why over %s", async (transport) => {
    const { heard, stderr } = await heardFrom("--transport", transport);
    for (const { plain, tls } of heard) {
      // A TLS alert at most: type 21.
      expect(plain.hex).toMatch(/^(15.{12})?$/);
      expect(plain.refused).not.toBe("ECONNREFUSED");
      // The reason for the refusal, behind a few bytes of framing.
      const words = Buffer.from(tls.hex, "hex").toString("latin1");
      expect(words).toMatch(/^.{0,32}it has no certificate *$/s);
    }
    expect(stderr).not.toContain("insecure");
  });

  it("answers whoever asks with --insecure, and says that it does", async () => {
    const { heard, stderr } = await heardFrom("--transport", "grpc", "--insecure");
    expect(heard.map(({ plain }) => plain.hex).join("")).not.toBe("");
    expect(stderr).toMatch(/--insecure: whoever is on the network can read gradients/);
  });
});

describe("at last", () => {
  it("a host of another version is refused with both", async () => {
    await pretendVersion(hosts, c, "99.1.0");
    const { code, stderr, left } = await start(["throws"]).done;
    expect(stderr).toMatch(
      /\[host_mismatch\] host host-c: expected kolo \S+ as here, got 99\.1\.0/,
    );
    expect({ code, left }).toEqual({ code: 1, left: [] });
  });

  it("a host that dies is named within 10 s", async () => {
    const job = start(["runs"], "-H", "host-a,host-b");
    await job.printed("rank 1 is pid");
    const times = await seconds(job, "host-b", () => b.kill());
    expect(times.named).toBeLessThan(10);
    expectCause(await job.done, /\[host_lost\] host host-b/);
  });
});
