/**
 * Who the owner of a certificate is: one URI in its subject alternative name, and nothing else there.
 *
 *   kolo://JOB/rank/3    kolo://JOB/coordinator
 *
 * Names, not addresses: a rank may run anywhere, and whoever has its address is not yet that rank.
 * That the certificate is one of the job's authority is checked by TLS, before this is asked.
 */
export type PeerName =
  { readonly kind: "rank"; readonly rank: number } | { readonly kind: "coordinator" };

export function peerUri(job: string, name: PeerName): string {
  return `kolo://${job}/${name.kind === "rank" ? `rank/${name.rank}` : "coordinator"}`;
}

/**
 * Why a certificate is not that of `expected`, or undefined where it is. `shown` is its subject
 * alternative name as node:tls writes it, undefined where there is none: that is refused too.
 */
export function checkPeerName(
  shown: string | undefined,
  job: string,
  expected: PeerName,
): string | undefined {
  // Compared as a whole: a second name beside the right one is one too many.
  if (shown === `URI:${peerUri(job, expected)}`) return undefined;
  return `expected a certificate of ${inWords(expected)} of this job, got ${shownInWords(shown, job)}`;
}

function inWords(name: PeerName): string {
  return name.kind === "rank" ? `rank ${name.rank}` : "the coordinator";
}

/** What strangers wrote is not repeated at any length. */
const mostShown = 100;

function shownInWords(shown: string | undefined, job: string): string {
  if (shown === undefined) return "none that has a name";
  const [, theirJob, kind, which] =
    /^URI:kolo:\/\/([0-9a-z]+)\/(rank|coordinator)(?:\/([^,/]*))?$/.exec(shown) ?? [];
  if (kind === undefined) return `one of "${shown.slice(0, mostShown)}"`;
  const who = kind === "coordinator" ? "the coordinator" : `${kind} ${which ?? ""}`;
  return theirJob === job ? `one of ${who}` : `one of ${who} of another job`;
}
