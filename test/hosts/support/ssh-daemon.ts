/** The sshd of one host. */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Host, HostCommand } from "./host.js";
import { programPath } from "./requirements.js";
import type { KeyPair } from "./ssh-files.js";

export interface SshDaemonOptions {
  /** Default 22. */
  readonly port?: number;
  /** Variables of everything that it starts, beside a PATH on which this Node.js is. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface SshDaemon {
  /** Starts it anew where it runs, with these options instead of those it had. */
  start(options?: SshDaemonOptions): Promise<void>;
  /** Ends it; connections are refused from then on, sessions go on. */
  stop(): Promise<void>;
  /** From now on these keys alone open a session: lines of authorized_keys. */
  accept(publicKeys: readonly string[]): void;
  /** What it said, since it was last started. */
  log(): string;
}

/** `folder` is the host's own, on the shared file system. */
export function createSshDaemon(
  folder: string,
  hostKey: KeyPair,
  startService: Host["startService"],
): SshDaemon {
  const configuration = join(folder, "sshd_config");
  const authorizedKeys = join(folder, "authorized_keys");
  let running: HostCommand | undefined;
  const stop = async () => {
    running?.kill("SIGTERM");
    await running?.done;
    running = undefined;
  };
  return {
    stop,
    start: async ({ port = 22, environment = {} } = {}) => {
      await stop();
      const path = `${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`;
      const variables = Object.entries({ PATH: path, ...environment });
      const lines = [
        `Port ${port}`,
        `HostKey ${hostKey.path}`,
        `AuthorizedKeysFile ${authorizedKeys}`,
        "PidFile /run/sshd.pid",
        "PermitRootLogin prohibit-password",
        "PasswordAuthentication no",
        "KbdInteractiveAuthentication no",
        "UsePAM no",
        // The keys lie in a folder below /tmp, which everyone may write to.
        "StrictModes no",
        `SetEnv ${variables.map(([name, value]) => `${name}=${value}`).join(" ")}`,
      ];
      writeFileSync(configuration, `${lines.join("\n")}\n`);
      running = startService(programPath("sshd"), ["-D", "-e", "-f", configuration]);
      await running.printed(`Server listening on 0.0.0.0 port ${port}`);
    },
    accept: (publicKeys) => {
      writeFileSync(authorizedKeys, publicKeys.map((key) => `${key}\n`).join(""), { mode: 0o600 });
    },
    log: () => running?.stderr() ?? "",
  };
}
