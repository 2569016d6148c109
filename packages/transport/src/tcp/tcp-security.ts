/** TLS between ranks: each shows a certificate of the job's authority, and asks for the other's. */
import { type TlsOptions } from "node:tls";

/** PEM texts. */
export interface TcpSecurity {
  /** Private key of this rank. */
  readonly key: string;
  /** Certificate of this rank, for that key. */
  readonly cert: string;
  /** The authority that has signed the certificates of all ranks, and of nobody else. */
  readonly ca: string;
}

/** TLS 1.3, mutual, no other authority than the job's. */
export function tlsOptions({ key, cert, ca }: TcpSecurity) {
  return {
    ...{ key, cert, ca },
    minVersion: "TLSv1.3",
    requestCert: true,
    rejectUnauthorized: true,
  } as const satisfies TlsOptions;
}
