/** What a rank or the coordinator proves with who it is: plain data, PEM texts. */
export interface Credentials {
  /** Which job this is for: part of every name in its certificates, and no secret. */
  readonly job: string;
  /** Private key of the certificate. A secret: never in an environment, in arguments or in a log. */
  readonly key: string;
  /** Says who its owner is (peer-name.ts). */
  readonly certificate: string;
  /** Certificate of the authority that has signed those of this job, and of nobody else. */
  readonly authority: string;
}

/** The credentials that this is, or undefined where it is something else. */
export function readCredentials(value: unknown): Credentials | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { job, key, certificate, authority } = value as Record<string, unknown>;
  if (typeof job !== "string" || !/^[0-9a-z]{1,64}$/.test(job)) return undefined;
  if (!isPem(key) || !isPem(certificate) || !isPem(authority)) return undefined;
  return { job, key, certificate, authority };
}

function isPem(value: unknown): value is string {
  return typeof value === "string" && value.startsWith("-----BEGIN ");
}
