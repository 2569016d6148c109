/** What a hostfile's line, or an entry of `--hosts`, says of a host. */
export interface HostEntry {
  /** A name or an address, without brackets. */
  readonly host: string;
  /** To log in as; undefined: as ssh's configuration says. */
  readonly user: string | undefined;
  /** Of ssh; undefined: `--ssh-port`, or as ssh's configuration says. */
  readonly port: number | undefined;
  /** How many ranks it offers to run; `auto`: as many as it has GPUs, or else cores. */
  readonly slots: number | "auto";
  /** The most it runs with `--oversubscribe`; undefined: no limit. */
  readonly maxSlots: number | undefined;
}

/** An entry, and where it was found: "line 3" of a hostfile, "entry 2" of --hosts. */
export interface FoundHost extends HostEntry {
  readonly where: string;
}

/** The host as ssh takes it, with the port where one was given: "me@b:2222", "[::1]:2222". */
export function hostText({ host, user, port }: Pick<HostEntry, "host" | "user" | "port">): string {
  const name = host.includes(":") && port !== undefined ? `[${host}]` : host;
  return `${user === undefined ? "" : `${user}@`}${name}${port === undefined ? "" : `:${port}`}`;
}
