/** `tsrun doctor` names what is wrong with hosts and the links between them, and what to do. */
import { afterAll, afterEach, beforeAll, expect, it } from "@jest/globals";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHosts, type Hosts } from "./support/hosts.js";
import { createKey } from "./support/ssh-files.js";
import { pretendedNode, pretendVersion, runTsrun } from "./support/tsrun.js";

let hosts: Hosts;
beforeAll(async () => {
  hosts = await createHosts({ count: 3 });
});
afterAll(() => hosts.close());

const mends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const mend of mends.splice(0)) await mend();
});

async function doctor(list = "host-a,host-b,host-c", ...flags: string[]) {
  const { code, stdout, stderr, left } = await runTsrun(hosts, hosts.host(0), [
    ...["doctor", "-H", list, ...flags],
  ]);
  expect({ stderr, left }).toEqual({ stderr: "", left: [] });
  return { code, text: stdout };
}

it("finds nothing to mend where all is well, and measures every link", async () => {
  const { code, text } = await doctor();
  for (const link of ["host-a -> host-b", "host-b -> host-c", "host-c -> host-a"]) {
    expect(text).toMatch(new RegExp(`${link} +yes +[\\d.]+ ms +[\\d.]+ [GM]bit/s`));
  }
  expect(text).toMatch(/host-a -> host-c \(coordinator\) +yes +[\d.]+ ms +-/);
  expect(text).toContain("nothing to mend");
  expect(code).toBe(0);
});

it("measures the bandwidth of a link that is slow", async () => {
  await hosts.host(1).shape({ rate: "100mbit" });
  mends.push(() => hosts.host(1).unshape());
  const { text } = await doctor("host-a,host-b");
  const [, megabits] = /host-b -> host-a +yes +[\d.]+ ms +([\d.]+) Mbit\/s/.exec(text) ?? [];
  expect(Number(megabits)).toBeGreaterThan(30); // Near 100, if nothing else runs.
  expect(Number(megabits)).toBeLessThan(110);
});

it("names a host whose name is wrong, and tests the rest", async () => {
  const { code, text } = await doctor("host-a,host-b,host-z");
  expect(text).toMatch(/^host-z +unknown +no: wrong name/m);
  expect(text).toMatch(/^host-b +10\.77\.0\.2 +yes/m);
  expect(text).toContain("  host-z: wrong name: no agent there: ");
  expect(text).toContain("Could not resolve hostname host-z");
  expect(text).toContain("to mend it: write the name as DNS, /etc/hosts or ~/.ssh/config knows it");
  expect(text).toMatch(/host-a -> host-b +yes/);
  expect(text).toMatch(/host-b -> host-z +- +- +host-z is not reached/);
  expect(code).toBe(1);
});

it("names a host to which no route leads", async () => {
  await hosts.host(1).linkDown();
  mends.push(() => hosts.host(1).linkUp());
  const { code, text } = await doctor("host-a,host-b", "--ssh-args=-o ConnectTimeout=5");
  expect(text).toMatch(/host-b: (no route|no answer): no agent .*(No route to host|timed out)/);
  expect(text).toContain("to mend it: see that it is switched on");
  expect(code).toBe(1);
});

it("names a host that has closed the port of ssh", async () => {
  await hosts.host(1).sshd.stop();
  mends.push(() => hosts.host(1).sshd.start());
  const { code, text } = await doctor();
  expect(text).toMatch(/^host-b +10\.77\.0\.2 +no: closed port/m);
  expect(text).toMatch(/host-b: closed port: no agent there: .*Connection refused/);
  expect(text).toContain("to mend it: start sshd there");
  expect(code).toBe(1);
});

it("names the link whose ports a firewall has closed", async () => {
  await hosts.host(1).closePorts("1024-65535");
  mends.push(() => hosts.host(1).openPorts());
  const { code, text } = await doctor();
  expect(text).toContain("host-c does not reach host-b at 10.77.0.2: no answer: ");
  expect(text).toContain("let host-c connect to TCP ports 32768-60999 of host-b");
  expect(text).toMatch(/host-b -> host-c +no: no answer/);
  expect(text).toMatch(/host-a -> host-b +yes/);
  expect(text).toContain("1 to mend");
  expect(code).toBe(1);
});

it("names the ports that a firewall has closed among those that ranks may get", async () => {
  // The port that the system chooses for the measurement is hardly among these.
  await hosts.host(1).closePorts("32768-32800");
  mends.push(() => hosts.host(1).openPorts());
  const { code, text } = await doctor("host-b,host-c");
  expect(text).toContain("host-c reaches host-b at 10.77.0.2, but not its ports 32768: no answer");
  expect(text).toContain("let host-c connect to TCP ports 32768-60999 of host-b");
  expect(text).toMatch(/host-b -> host-c +yes/);
  expect(code).toBe(1);
});

it("names a link without a route", async () => {
  const c = hosts.host(2);
  await c.exec("ip", ["route", "add", "unreachable", "10.77.0.2"]);
  mends.push(async () => {
    await c.exec("ip", ["route", "del", "unreachable", "10.77.0.2"]);
  });
  const { code, text } = await doctor();
  expect(text).toContain(
    "host-c does not reach host-b at 10.77.0.2: no route: connect EHOSTUNREACH",
  );
  expect(text).toContain("to mend it: give host-c a route to that address");
  expect(text).toMatch(/host-b -> host-c +no: no route/);
  expect(code).toBe(1);
});

it("names the coordinator's firewall", async () => {
  await hosts.host(0).closePorts("1024-65535");
  mends.push(() => hosts.host(0).openPorts());
  const { code, text } = await doctor("host-b,host-c");
  expect(text).toContain("host-b does not reach host-a at 10.77.0.1");
  expect(text).toMatch(/host-a -> host-c \(coordinator\) +no/);
  expect(text).toMatch(/host-b -> host-c +yes/);
  expect(code).toBe(1);
});

it("names a host that does not accept the key", async () => {
  const other = await createKey(join(hosts.folder, "other"));
  hosts.host(2).sshd.accept([other.publicKey]);
  mends.push(async () => {
    hosts.host(2).sshd.accept([hosts.userKey.publicKey]);
    await Promise.resolve();
  });
  const { code, text } = await doctor();
  expect(text).toMatch(/^host-c +10\.77\.0\.3 +no: bad key/m);
  expect(text).toMatch(/host-c: bad key: no agent there: .*Permission denied \(publickey\)/);
  expect(text).toContain("to mend it: let your key in there (ssh-copy-id)");
  expect(code).toBe(1);
});

it.each([
  [30, "ahead of"],
  [-30, "behind"],
])("names a clock that is off by %i s, and by how much", async (seconds, way) => {
  await hosts.host(1).skewClock(seconds);
  mends.push(() => hosts.host(1).skewClock(0));
  const { code, text } = await doctor();
  expect(text).toMatch(new RegExp(`host-b: its clock is (29|30)\\.\\d s ${way} this machine's`));
  expect(text).toMatch(/host-b -> host-c +yes/);
  expect(code).toBe(1);
});

it("names a network interface that other hosts do not reach", async () => {
  const { code, text } = await doctor("host-a,host-b", "--network-interface", "lo");
  expect(text).toContain("host-b does not reach host-a at 127.0.0.1");
  expect(text).toContain("to mend it: no other host reaches that: name another interface");
  expect(code).toBe(1);
});

it("names hosts that lack a network interface, this one too, and looks at the rest", async () => {
  const { code, text } = await doctor("host-a,host-b,host-z", "--network-interface", "nope0");
  for (const host of ["host-a", "host-b"]) expect(text).toMatch(new RegExp(`${host}: .*nope0`));
  expect(text).toContain("host-z: wrong name");
  expect(code).toBe(1);
});

it("names a host with another major version of Node, and both versions", async () => {
  const { code, text } = await doctor(
    "host-a,host-b",
    ...["--node-path", pretendedNode(hosts, "v99.1.0")],
  );
  expect(text).toMatch(/^host-b +10\.77\.0\.2 +yes +- +differs/m);
  expect(text).toContain(`host-b: expected Node ${process.version} as here, got v99.1.0; name one`);
  expect(code).toBe(1);
});

it("asks hosts of slots=auto, and keeps one that is not reached", async () => {
  const { code, text } = await doctor("host-a,host-b:auto,host-z:auto");
  expect(text).toMatch(/host-a -> host-b +yes/);
  expect(text).toMatch(/^host-z +unknown +no: wrong name/m);
  expect(code).toBe(1);
});

// The last ones: what is mounted stays.
it("says which host knows another by another address", async () => {
  const file = join(hosts.folder, "other-hosts");
  writeFileSync(file, "127.0.0.1 localhost\n10.77.0.99 host-b\n");
  await hosts.host(2).mount(file, "/etc/hosts");
  const { code, text } = await doctor();
  expect(text).toContain("host-c knows host-b as 10.77.0.99, this machine as 10.77.0.2");
  expect(text).toContain("nothing to mend");
  expect(code).toBe(0);
});

it("names a host with another version of kolo, and both versions", async () => {
  await pretendVersion(hosts, hosts.host(2), "99.1.0");
  const { code, text } = await doctor();
  expect(text).toMatch(/^host-c +10\.77\.0\.3 +yes +differs/m);
  expect(text).toMatch(/host-c: expected kolo \d+\.\d+\.\d+ as here, got 99\.1\.0; install/);
  expect(code).toBe(1);
});
