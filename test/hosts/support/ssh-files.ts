/**
 * What ssh needs on all hosts: one key of the user, which every host accepts; a key of each host,
 * which the user knows. Laid over /etc/ssh/ssh_config in every host, so that plain `ssh host-b` works
 * there as it does for a user who has set up the same.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startCommand, succeeded } from "./running-command.js";

export interface KeyPair {
  /** Path of the private key, mode 0600. */
  readonly path: string;
  /** The line that goes into authorized_keys. */
  readonly publicKey: string;
}

export async function createKey(path: string): Promise<KeyPair> {
  const command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "test", "-f", path];
  await succeeded("ssh-keygen", startCommand(command).done);
  return { path, publicKey: readFileSync(`${path}.pub`, "utf8").trim() };
}

export interface KnownHost {
  readonly names: readonly string[];
  /** The names stand for the first. */
  readonly addresses: readonly string[];
  readonly key: KeyPair;
}

/** Writes the files of /etc that all hosts have in common; `folder` is where host-init.sh looks. */
export function writeEtc(folder: string, userKey: KeyPair, hosts: readonly KnownHost[]): void {
  const etc = join(folder, "etc");
  mkdirSync(join(etc, "ssh"), { recursive: true });
  const lines = hosts.map(({ names, addresses }) => `${addresses[0] ?? ""} ${names.join(" ")}\n`);
  writeFileSync(join(etc, "hosts"), `127.0.0.1 localhost\n::1 localhost\n${lines.join("")}`);
  // Names that are in no file are wrong, and known to be at once.
  writeFileSync(join(etc, "nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files\n");
  // Without PAM, sshd refuses a user whose password is locked, as root's is on some systems.
  writeFileSync(join(etc, "shadow"), "root:*:19000:0:99999:7:::\n", { mode: 0o600 });
  const known = hosts.map(({ names, addresses, key }) => {
    const patterns = [...names, ...addresses].flatMap((host) => [host, `[${host}]:*`]);
    return `${patterns.join(",")} ${key.publicKey}\n`;
  });
  writeFileSync(join(folder, "known_hosts"), known.join(""));
  writeFileSync(
    join(etc, "ssh/ssh_config"),
    [
      "Host *",
      `  IdentityFile ${userKey.path}`,
      "  IdentitiesOnly yes",
      `  UserKnownHostsFile ${join(folder, "known_hosts")}`,
      "  GlobalKnownHostsFile none",
      "  StrictHostKeyChecking yes",
      "",
    ].join("\n"),
  );
}
