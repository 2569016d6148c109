/** TLS as all of a job speak it: version 1.3, no authority but the job's, names instead of addresses. */
import { type PeerCertificate, type SecureContextOptions } from "node:tls";
import { checkPeerName, type Credentials, type PeerName } from "@kolo/core";

export function tlsOptions({ key, certificate, authority }: Credentials): SecureContextOptions {
  return { key, cert: certificate, ca: authority, minVersion: "TLSv1.3" };
}

/**
 * For the `checkServerIdentity` of whoever dials: an error unless it is this peer who answers. The
 * authority signs for this job only; addresses are not in its certificates.
 */
export function checkPeerIdentity(job: string, peer: PeerName) {
  return (
    _host: string,
    { subjectaltname }: Pick<PeerCertificate, "subjectaltname">,
  ): Error | undefined => {
    const reason = checkPeerName(subjectaltname, job, peer);
    if (reason === undefined) return undefined;
    return Object.assign(new Error(reason), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
  };
}
