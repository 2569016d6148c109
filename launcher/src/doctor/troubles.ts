/** What ssh and the network say, what it is called, and what helps. Pure. */

export interface Trouble {
  /** A word or two, for tables. */
  readonly name: string;
  readonly remedy: string;
}

const sshTroubles: readonly (Trouble & { readonly words: RegExp })[] = [
  {
    words: /could not resolve hostname/i,
    name: "wrong name",
    remedy: "write the name as DNS, /etc/hosts or ~/.ssh/config knows it, or make it known there",
  },
  {
    words: /no route to host|network is unreachable/i,
    name: "no route",
    remedy: "see that it is switched on, its cable and address, and that routes lead to it",
  },
  {
    words: /connection refused/i,
    name: "closed port",
    remedy:
      "start sshd there, or name the port it listens on: host:port slots=N, or --ssh-port; " +
      "or let its firewall pass that port",
  },
  {
    words: /timed out/i,
    name: "no answer",
    remedy: "see that it is switched on, and that no firewall drops connections to the port of ssh",
  },
  {
    words: /permission denied/i,
    name: "bad key",
    remedy:
      "let your key in there (ssh-copy-id), or name the right one with --ssh-identity-file, " +
      "or the user with user@host",
  },
  {
    words: /host key verification failed/i,
    name: "unknown host key",
    remedy:
      "log in once by hand with ssh, and compare the host's key; where it has changed for a good " +
      "reason, remove the old one with ssh-keygen -R",
  },
];

export function sshTrouble(said: string): Trouble | undefined {
  return sshTroubles.find(({ words }) => words.test(said));
}

/** `code` is the system's; `ports` those that `from` listens on, such as "32768-60999". */
export function linkTrouble(
  code: string,
  { from, to, ports }: { readonly from: string; readonly to: string; readonly ports: string },
): Trouble | undefined {
  const other = "or name a network that joins them with --network-interface";
  const open = `let ${to} connect to TCP ports ${ports} of ${from}`;
  switch (code) {
    case "ECONNREFUSED":
    case "ECONNRESET":
      return { name: "closed port", remedy: `a firewall refuses it: ${open}, ${other}` };
    case "ETIMEDOUT":
      return {
        name: "no answer",
        remedy: `a firewall drops it, or no route leads there: ${open}, ${other}`,
      };
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return { name: "no route", remedy: `give ${to} a route to that address, ${other}` };
    default:
      return undefined;
  }
}
