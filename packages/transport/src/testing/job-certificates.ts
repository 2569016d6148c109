/** Certificates for tests: of the job, of another, and such as are not to be accepted. */
import { createAuthority } from "@kolo/certificates";
import { type Credentials, type PeerName } from "@kolo/core";

const dayMs = 86_400_000;
const job = "a0";
const rank = (number: number): PeerName => ({ kind: "rank", rank: number });

export interface JobCertificates {
  /** Of rank 0 to 3. */
  readonly ranks: readonly [Credentials, Credentials, Credentials, Credentials];
  /** Rank 0 and 1 of another job, with another authority. */
  readonly others: readonly [Credentials, Credentials];
  /** Rank 1, for whoever has seen our authority's certificate and signed its own with another key. */
  readonly forged: Credentials;
  /** Rank 0 and 1, whose certificates were good last month. */
  readonly expired: readonly [Credentials, Credentials];
  readonly coordinator: Credentials;
}

export async function jobCertificates(): Promise<JobCertificates> {
  const lastMonth = { nowMs: Date.now() - 30 * dayMs, validMs: dayMs };
  const [ours, theirs, copied] = await Promise.all([
    createAuthority({ job }),
    createAuthority({ job: "b1" }),
    createAuthority({ job }),
  ]);
  const ranks = await Promise.all([
    ours.issue(rank(0)),
    ours.issue(rank(1)),
    ours.issue(rank(2)),
    ours.issue(rank(3)),
  ]);
  const { authority } = ranks[0];
  return {
    ranks,
    others: await Promise.all([theirs.issue(rank(0)), theirs.issue(rank(1))]),
    forged: { ...(await copied.issue(rank(1))), authority },
    expired: await Promise.all([ours.issue(rank(0), lastMonth), ours.issue(rank(1), lastMonth)]),
    coordinator: await ours.issue({ kind: "coordinator" }),
  };
}
