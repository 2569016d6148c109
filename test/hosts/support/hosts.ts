/**
 * Several hosts on one machine, each a set of Linux namespaces with its own address, hostname, mounts,
 * /dev/shm, /tmp, processes, monotonic clock and sshd, joined by a switch. Common to all are the kernel (and its boot
 * id), the cores, and a file system: the repository and `folder`, at the paths they have outside.
 *
 *   test process ──(pipe)── first process of host-a ── sshd, ranks, …      eth0 ─┐
 *                ──(pipe)── first process of host-b ── …                   eth0 ─┤ bridge
 *                ──(pipe)── first process of the switch ─────────────────────────┘
 *
 * No namespace, link or mount has a name outside, and each ends with the pipe that the test process
 * holds: nothing is left of them, however that process ends. Only `folder` can be; the next call of
 * createHosts removes it.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../support/tsrun.js";
import { createHost, type Host } from "./host.js";
import { createNamespaces, type Namespaces } from "./namespaces.js";
import { requireForHosts } from "./requirements.js";
import { createSshDaemon } from "./ssh-daemon.js";
import { createKey, type KeyPair, writeEtc } from "./ssh-files.js";
import { createSwitch } from "./switch.js";

export interface HostsOptions {
  /** 1 to 26. */
  readonly count: number;
  /** Size of each host's /dev/shm. Default 1 GiB; what is not used costs nothing. */
  readonly memoryBytes?: number;
  /** Size of each host's /tmp, its only own disk. Default 1 GiB. */
  readonly diskBytes?: number;
}

export interface Hosts {
  readonly all: readonly Host[];
  /** A folder that all hosts see, as the test process does; removed by `close`. */
  readonly folder: string;
  /** The key that `ssh` uses in every host, and every sshd accepts. */
  readonly userKey: KeyPair;
  /** The host with this index; throws where there is none. */
  host(index: number): Host;
  /** Ends all that runs in the hosts, and removes them. */
  close(): Promise<void>;
}

// The addresses exist in the namespaces alone: nothing outside can be reached by them, or collide.
const addressOf = (index: number) => `10.77.0.${index + 1}`;
const address6Of = (index: number) => `fd77::${(index + 1).toString(16)}`;
const nameOf = (index: number) => `host-${String.fromCharCode(97 + index)}`;

/** Monotonic clocks count from when a host was started: no two are alike. */
const clockSecondsOf = (index: number) => 1000 * (index + 1);

const folderPrefix = "kolo-hosts-";
/** Of a folder of a test process, by its pid: what others have called alike is not touched. */
const leftoverName = new RegExp(`^${folderPrefix}(\\d+)-`);
const hostInit = join(root, "test/hosts/support/host-init.sh");

export async function createHosts(options: HostsOptions): Promise<Hosts> {
  requireForHosts(["ip", "tc", "sshd", "ssh", "ssh-keygen"]);
  const { count, memoryBytes = 2 ** 30, diskBytes = 2 ** 30 } = options;
  if (!Number.isInteger(count) || count < 1 || count > 26) {
    throw new Error(`expected 1 to 26 hosts, got ${count}`);
  }
  removeLeftovers();
  const folder = mkdtempSync(join(tmpdir(), `${folderPrefix}${process.pid}-`));
  const made: Pick<Namespaces, "kill">[] = [];
  const hosts: Host[] = [];
  const close = async () => {
    await Promise.all(hosts.map((host) => host.kill()));
    await Promise.all(made.map((namespaces) => namespaces.kill()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const userKey = await createKey(join(folder, "id_ed25519"));
    const described = await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const name = nameOf(index);
        mkdirSync(join(folder, name));
        const key = await createKey(join(folder, name, "host_key"));
        const names = [name, `node${index + 1}`];
        return { name, names, addresses: [addressOf(index), address6Of(index)], key };
      }),
    );
    writeEtc(folder, userKey, described);

    const network = await createSwitch();
    made.push({ kill: () => network.close() });
    const started = await Promise.allSettled(
      described.map(async ({ name, key }, index) => {
        const sizes = [String(memoryBytes), String(diskBytes)];
        const namespaces = await createNamespaces(
          ["bash", hostInit, name, folder, root, ...sizes],
          { clockSeconds: clockSecondsOf(index) },
        );
        made.push(namespaces);
        const [address, address6] = [addressOf(index), address6Of(index)];
        const port = await network.attach(name, namespaces, [`${address}/24`, `${address6}/64`]);
        const host = createHost({
          name,
          address,
          address6,
          namespaces,
          port,
          cwd: root,
          createSshd: (startService) => createSshDaemon(join(folder, name), key, startService),
        });
        hosts[index] = host;
        host.sshd.accept([userKey.publicKey]);
        await host.sshd.start();
      }),
    );
    // Not before all have ended, so that `close` finds what each has made.
    for (const one of started) if (one.status === "rejected") throw one.reason;
    return {
      all: hosts,
      folder,
      userKey,
      close,
      host: (index) => {
        const host = hosts[index];
        if (host === undefined) throw new Error(`expected a host 0 to ${count - 1}, got ${index}`);
        return host;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Removes the folders of test processes that are gone. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = leftoverName.exec(name)?.[1];
    if (pid === undefined || isRunning(Number(pid))) continue;
    rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
