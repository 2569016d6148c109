/**
 * How ssh is called: the system's, with the user's configuration, keys and agent. What the user adds
 * by --ssh-args comes first, and ssh takes what comes first. Pure.
 */

export interface SshTarget {
  /** A name or an address, without brackets. */
  readonly host: string;
  /** To log in as; undefined: as ssh's configuration says. */
  readonly user: string | undefined;
  /** Undefined: that of the options, or as ssh's configuration says. */
  readonly port: number | undefined;
}

export interface SshOptions {
  readonly port: number | undefined;
  readonly identityFile: string | undefined;
  /** Words for ssh's command line. */
  readonly arguments: readonly string[];
  /** How often ssh asks for a sign of life; it gives up after three without an answer. */
  readonly aliveIntervalSeconds: number;
}

/** The command that runs `line` there: program and arguments. */
export function sshCommand(target: SshTarget, options: SshOptions, line: string): string[] {
  const { host, user } = target;
  const port = target.port ?? options.port;
  const { identityFile, aliveIntervalSeconds } = options;
  return [
    "ssh",
    ...options.arguments,
    // No terminal, whatever the configuration says: bytes must pass as they are.
    "-T",
    ...settings.flatMap((setting) => ["-o", setting]),
    // kolo's own signs of life are quicker; these end an ssh that would outlive tsrun.
    ...["-o", `ServerAliveInterval=${aliveIntervalSeconds}`, "-o", "ServerAliveCountMax=3"],
    ...(port === undefined ? [] : ["-p", String(port)]),
    ...(identityFile === undefined ? [] : ["-i", identityFile]),
    ...(user === undefined ? [] : ["-l", user]),
    "--",
    host,
    line,
  ];
}

const settings = [
  // Nobody is there to answer: no passwords, no questions about unknown keys.
  "BatchMode=yes",
  "ConnectTimeout=15",
  // Not for this: a tunnel that the configuration asks for may already be up for another session.
  "ClearAllForwardings=yes",
  "RemoteCommand=none",
  // A master connection that is there is used. As one itself, this ssh would carry other sessions of the
  // user's, which would end with the job.
  "ControlMaster=no",
];
