/**
 * The test hosts themselves: apart where hosts are apart, joined where hosts are joined, and nothing
 * is left of them.
 */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { root } from "../support/tsrun.js";
import type { Host } from "./support/host.js";
import { createHosts, type Hosts } from "./support/hosts.js";
import { namespaceOf, processesIn } from "./support/namespace-processes.js";
import { packageOf, programPath } from "./support/requirements.js";
import { startCommand, succeeded } from "./support/running-command.js";
import { createKey } from "./support/ssh-files.js";
import { measureTransfer } from "./support/transfer.js";

const printed = (host: Host, command: string, ...args: string[]) =>
  succeeded(`${command} on ${host.name}`, host.exec(command, args));
const ping = (from: Host, to: Host, packets = 1) =>
  from.exec("ping", ["-c", String(packets), "-W", "1", to.name]);
/** Sleeps in the host, as an interactive program would: until its input ends, or it is killed. */
const waits = ["-e", "console.log('started'); setInterval(() => {}, 1000)"];

describe("test hosts", () => {
  let hosts: Hosts;
  let a: Host;
  let b: Host;
  let c: Host;
  beforeAll(async () => {
    hosts = await createHosts({ count: 3 });
    [a, b, c] = [hosts.host(0), hosts.host(1), hosts.host(2)];
  });
  afterAll(() => hosts.close());

  it("reach each other by name", async () => {
    for (const from of hosts.all) {
      for (const to of hosts.all) {
        const { stdout, code } = await ping(from, to);
        expect(stdout).toContain(`PING ${to.name} (${to.address})`);
        expect(code).toBe(0);
      }
    }
    expect((await a.exec("ping", ["-c", "1", "-W", "1", b.address6])).code).toBe(0);
  });

  it("know that another name is wrong", async () => {
    const { code, stderr } = await a.exec("ssh", ["host-z", "true"]);
    expect(code).toBe(255);
    expect(stderr).toContain("Could not resolve hostname host-z: Name or service not known");
  });

  it("have monotonic clocks that know nothing of each other", async () => {
    const seconds = (host: Host) =>
      printed(host, "node", "-p", "Number(process.hrtime.bigint()) / 1e9").then(Number);
    const before = await seconds(a);
    expect(await seconds(b)).toBeGreaterThan(before + 999);
  });

  it("run a command with its arguments, input, environment and folder, and say how it ended", async () => {
    const script = "cat; echo $1 $WORD $PWD; echo oh >&2; exit 3";
    const { stdout, stderr, code } = await a.exec("bash", ["-c", script, "bash", "two  words"], {
      input: "read\n",
      env: { WORD: "said" },
      cwd: "/usr",
    });
    expect({ stdout, stderr, code }).toEqual({
      stdout: "read\ntwo words said /usr\n",
      stderr: "oh\n",
      code: 3,
    });
    const running = a.start("node", waits);
    await running.printed("started");
    running.kill("SIGTERM");
    expect((await running.done).signal).toBe("SIGTERM");
    expect(await a.processesGone(1000)).toEqual([]);
  });

  it("have a hostname, processes, /dev/shm, /tmp and System V memory of their own", async () => {
    const running = a.start("node", waits);
    await running.printed("started");
    await printed(a, "bash", "-c", "touch /dev/shm/mine /tmp/mine && ipcmk -M 4096");
    expect(await printed(a, "hostname")).toBe("host-a\n");
    expect(await printed(a, "ls", "/dev/shm", "/tmp/mine")).toContain("mine");
    expect((await printed(a, "ipcs", "-m")).match(/^0x/gm)).toHaveLength(1);
    expect(a.processes()).toHaveLength(1);

    expect(await printed(b, "hostname")).toBe("host-b\n");
    expect(await printed(b, "ls", "/dev/shm")).toBe("");
    expect((await b.exec("ls", ["/tmp/mine"])).code).not.toBe(0);
    expect(await printed(b, "ipcs", "-m")).not.toMatch(/^0x/m);
    expect(await printed(b, "ps", "-e", "-o", "comm")).not.toContain("node");
    expect(existsSync("/dev/shm/mine")).toBe(false);
    running.kill("SIGKILL");
    await running.done;
  });

  it("share the repository and a folder, but what is mounted in one is seen there alone", async () => {
    const file = join(hosts.folder, "seen");
    await printed(a, "bash", "-c", `echo by all > ${file}`);
    expect(await printed(b, "cat", file)).toBe("by all\n");
    expect(readFileSync(file, "utf8")).toBe("by all\n");
    expect(await printed(b, "head", "-c", "1", "package.json")).toBe("{");

    const other = join(hosts.folder, "other");
    writeFileSync(other, "by host-b\n");
    await b.mount(other, file);
    expect(await printed(b, "cat", file)).toBe("by host-b\n");
    expect(await printed(a, "cat", file)).toBe("by all\n");
  });

  it("have disks and memory of the size asked for", async () => {
    const small = await createHosts({ count: 1, memoryBytes: 2 ** 20, diskBytes: 2 ** 20 });
    try {
      for (const folder of ["/tmp", "/dev/shm"]) {
        const { stderr } = await small.host(0).exec("fallocate", ["-l", "2MiB", `${folder}/big`]);
        expect(stderr).toContain("No space left on device");
      }
    } finally {
      await small.close();
    }
  });

  describe("by ssh", () => {
    it("run a command with Node.js on the PATH", async () => {
      expect(await printed(a, "ssh", "host-b", "hostname; node --version")).toBe(
        `host-b\n${process.version}\n`,
      );
      expect(await printed(b, "ssh", c.address, "hostname")).toBe("host-c\n");
      expect(await printed(c, "ssh", a.address6, "hostname")).toBe("host-a\n");
      expect(await b.processesGone(1000)).toEqual([]);
    });

    it("refuse a key that is not accepted", async () => {
      const wrong = await createKey(join(hosts.folder, "wrong"));
      const other = ["-F", "none", "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=no"];
      const asWrong = ["-i", wrong.path, ...other, "host-b", "hostname"];
      const refused = await a.exec("ssh", asWrong);
      expect(refused.code).toBe(255);
      expect(refused.stderr).toContain("Permission denied (publickey)");

      b.sshd.accept([wrong.publicKey]);
      expect((await a.exec("ssh", ["host-b", "true"])).stderr).toContain("Permission denied");
      expect((await a.exec("ssh", asWrong)).stdout).toBe("host-b\n");
      b.sshd.accept([hosts.userKey.publicKey]);
      expect((await a.exec("ssh", ["host-b", "true"])).code).toBe(0);
    });

    it("are on the port that sshd was given, and refuse where it is ended", async () => {
      await b.sshd.start({ port: 2222 });
      expect(await printed(a, "ssh", "-p", "2222", "host-b", "hostname")).toBe("host-b\n");
      expect((await a.exec("ssh", ["host-b", "true"])).stderr).toContain("Connection refused");
      await b.sshd.stop();
      expect((await a.exec("ssh", ["-p", "2222", "host-b"])).stderr).toContain(
        "Connection refused",
      );
      await b.sshd.start();
      expect(await printed(a, "ssh", "host-b", "hostname")).toBe("host-b\n");
    });

    it("see another clock where it is skewed, and no other monotonic one", async () => {
      for (const seconds of [10, -30, 0]) {
        await b.skewClock(seconds);
        const clocks = "-p '[Date.now(), performance.timeOrigin + performance.now()]'";
        const before = Date.now();
        const said = await printed(a, "ssh", "host-b", `node ${clocks}; date +%s`);
        const after = Date.now();
        const [, now = NaN] = /\[ (\d+),/.exec(said) ?? [];
        // Whole seconds.
        const date = Number(said.trim().split("\n").at(-1)) * 1000;
        for (const seenMs of [Number(now), date]) {
          expect(seenMs - seconds * 1000).toBeGreaterThan(before - 1000);
          expect(seenMs - seconds * 1000).toBeLessThan(after + 1000);
        }
      }
    });
  });

  describe("with a link", () => {
    it("that is down hear nothing, and do again when it is up", async () => {
      await b.linkDown();
      expect((await ping(a, b)).code).toBe(1);
      expect((await ping(b, a)).code).toBe(1);
      expect((await ping(a, c)).code).toBe(0);
      await b.linkUp();
      // Who asked for the address in vain asks again only a second later.
      expect((await ping(a, b, 3)).code).toBe(0);
    });

    it("do not answer at ports that are closed, and do when they are open again", async () => {
      const connect = () => a.exec("ssh", ["-o", "ConnectTimeout=1", "host-b", "echo connected"]);
      await b.closePorts("1-1023");
      expect((await connect()).stderr).toContain("Connection timed out");
      expect((await b.exec("ssh", ["host-a", "true"])).code).toBe(0);
      await b.openPorts();
      expect((await connect()).stdout).toBe("connected\n");
    });

    it("that is shaped have its rate in both directions", async () => {
      await b.shape({ rate: "100mbit" });
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        const { bitsPerSecond } = await measureTransfer(from, to, 12_500_000);
        expect(bitsPerSecond / 100e6).toBeGreaterThan(0.3); // Near 1, if nothing else runs.
        expect(bitsPerSecond / 100e6).toBeLessThan(1.05);
      }
      await b.unshape();
      const { bitsPerSecond } = await measureTransfer(a, b, 12_500_000);
      expect(bitsPerSecond / 100e6).toBeGreaterThan(1.05);
    });
  });

  it("that are frozen answer the ping but no program does, and go on where they were", async () => {
    const ticking = b.start("node", ["-e", "setInterval(() => console.log('tick'), 10)"]);
    await ticking.printed("tick");
    await b.freeze();
    expect(b.namespaces.processes().map(({ state }) => state)).toEqual(["T", "T"]);
    const ticks = ticking.stdout();
    expect((await ping(a, b)).code).toBe(0);
    const asked = a.start("ssh", ["host-b", "echo thawed"]);
    expect((await a.exec("ssh", ["-o", "ConnectTimeout=1", "host-b", "true"])).code).toBe(255);
    expect(ticking.stdout()).toBe(ticks);
    b.thaw();
    expect((await asked.done).stdout).toBe("thawed\n");
    ticking.kill("SIGTERM");
    expect((await ticking.done).signal).toBe("SIGTERM");
    expect(await b.processesGone(1000)).toEqual([]);
  });
});

describe("of test hosts", () => {
  it("there is nothing left when they are closed", async () => {
    const mounts = readFileSync("/proc/self/mountinfo", "utf8");
    const hosts = await createHosts({ count: 2 });
    const namespaces = traces(hosts);
    const running = hosts.host(1).start("node", waits);
    await running.printed("started");
    await hosts.host(0).freeze();
    expect(stillThere(namespaces)).not.toEqual([]);
    await hosts.close();
    await hosts.close();
    expect((await running.done).signal).toBe("SIGKILL");
    expect(stillThere(namespaces)).toEqual([]);
    expect(existsSync(hosts.folder)).toBe(false);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).toBe(mounts);
  });

  it("one is killed as by a power cut: without a word to the others", async () => {
    const hosts = await createHosts({ count: 2 });
    try {
      const [a, b] = [hosts.host(0), hosts.host(1)];
      const namespaces = traces(hosts, [b]);
      const session = a.start("ssh", ["host-b", "echo started; exec sleep 1000"]);
      await session.printed("started");
      await b.kill();
      expect(b.processes()).toEqual([]);
      expect(stillThere(namespaces)).toEqual([]);
      expect((await ping(a, b)).code).toBe(1);
      expect(session.child.exitCode).toBeNull();
      expect((await ping(a, a)).code).toBe(0);
    } finally {
      await hosts.close();
    }
  });

  it("nothing is left when the test process is killed, and its folder goes with the next", async () => {
    const script = `
      require(${JSON.stringify(join(__dirname, "support/hosts.js"))}).createHosts({ count: 2 }).then(async (hosts) => {
        const [a, b] = hosts.all;
        await a.start("node", ${JSON.stringify(waits)}).printed("started");
        await b.start("node", ${JSON.stringify(waits)}).printed("started");
        await b.freeze();
        console.log(JSON.stringify([hosts.folder, a.namespaces.firstPid, b.namespaces.firstPid]));
      });`;
    const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    const line = await new Promise<string>((resolve) => {
      child.stdout.setEncoding("utf8").once("data", resolve);
    });
    const [folder, ...pids] = JSON.parse(line) as [string, number, number];
    const namespaces = pids.flatMap((pid) => namespaceOf(pid, "pid") ?? []);
    expect(namespaces).toHaveLength(2);
    const closed = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGKILL");
    await closed;
    const next = await createHosts({ count: 1 });
    expect(existsSync(folder)).toBe(false);
    await next.close();
    const left = () => namespaces.flatMap((namespace) => processesIn("pid", namespace));
    // The orphans are collected by the first process of the machine, when it gets to it.
    for (const endMs = Date.now() + 10_000; left().length > 0 && Date.now() < endMs;) {
      await pause(50);
    }
    expect(left()).toEqual([]);
  });
});

describe("where the machine lacks something, test hosts fail and say what", () => {
  it("a program: with its package, which is among those that CI installs", () => {
    expect(() => programPath("slurmd", [])).toThrow("apt-get install slurmd");
    const packages = readFileSync(join(root, "test/hosts/packages.txt"), "utf8").trim().split("\n");
    for (const name of Object.values(packageOf)) expect(packages).toContain(name);
  });

  it("root", async () => {
    const script = `require(${JSON.stringify(join(__dirname, "support/hosts.js"))}).createHosts({ count: 1 })`;
    // In a user namespace of its own, it is nobody.
    const { code, stderr } = await startCommand([
      "unshare",
      "--user",
      process.execPath,
      "-e",
      script,
    ]).done;
    expect(code).toBe(1);
    expect(stderr).toContain("expected root, who may make namespaces, got user 65534");
  });
});

type Trace = readonly ["pid" | "net" | "mnt", string];

/** The namespaces of the hosts, by which what is left of them is found. */
function traces(hosts: Hosts, of: readonly Host[] = hosts.all): Trace[] {
  return of.flatMap(({ namespaces: { firstPid } }) =>
    (["pid", "net", "mnt"] as const).flatMap((kind): Trace[] => {
      const namespace = namespaceOf(firstPid, kind);
      return namespace === undefined ? [] : [[kind, namespace]];
    }),
  );
}

const stillThere = (of: readonly Trace[]) => of.flatMap((trace) => processesIn(...trace));
