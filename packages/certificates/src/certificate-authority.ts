/**
 * The authority of one job: signs a certificate for each rank and the coordinator, and is
 * forgotten with the process. Its private key cannot be exported, not even by this process.
 *
 * Keys are ECDSA on P-256. An authority and its certificate can sign no other authority, and each
 * certificate has one name (core's peer-name.ts) and no address. That of the coordinator serves to
 * be dialled only; ranks dial and are dialled.
 *
 * Cost: a millisecond or two for each certificate; loading the library takes longer, so import this
 * package where it is needed.
 *
 * Source: RFC 5280; @peculiar/x509.
 */
// The library finds its parts by decorators, which want this first.
import "reflect-metadata";
import { randomBytes, webcrypto } from "node:crypto";
import { type Credentials, type PeerName, peerUri } from "@kolo/core";
import * as x509 from "@peculiar/x509";

/** For how long certificates are good. */
export interface Validity {
  /** Milliseconds since 1970; default: now. */
  readonly nowMs?: number;
  /** From then on. Default 30 days: nobody dials anew for longer. */
  readonly validMs?: number;
}

export interface AuthorityOptions extends Validity {
  /** Id of the job, of digits and small letters: part of every name, and no secret. */
  readonly job: string;
}

export interface CertificateAuthority {
  readonly job: string;
  /** A new key and a certificate for it, each time; as long as the authority's unless said otherwise. */
  issue(name: PeerName, validity?: Validity): Promise<Credentials>;
}

const dayMs = 86_400_000;
/** Clocks of other hosts may be behind ours by so much. */
const skewMs = 10 * 60_000;
const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256" } as const;
const signingAlgorithm = { name: "ECDSA", hash: "SHA-256" } as const;
const keyUses = ["sign", "verify"] as const;

export async function createAuthority(options: AuthorityOptions): Promise<CertificateAuthority> {
  const { job, nowMs = Date.now(), validMs = 30 * dayMs } = options;
  const { subtle } = webcrypto;
  const keys = await subtle.generateKey(keyAlgorithm, false, [...keyUses]);
  const authority = await x509.X509CertificateGenerator.createSelfSigned(
    {
      ...{ ...datesOf({ nowMs, validMs }), keys, signingAlgorithm, serialNumber: serialNumber() },
      name: `CN=kolo job ${job}`,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      ],
    },
    webcrypto,
  );

  const issue = async (name: PeerName, validity: Validity = {}): Promise<Credentials> => {
    // This one travels to its owner.
    const own = await subtle.generateKey(keyAlgorithm, true, [...keyUses]);
    const { serverAuth, clientAuth } = x509.ExtendedKeyUsage;
    const purposes = name.kind === "rank" ? [serverAuth, clientAuth] : [serverAuth];
    const uri = { type: "url", value: peerUri(job, name) } as const;
    const certificate = await x509.X509CertificateGenerator.create(
      {
        ...{
          ...datesOf({ nowMs, validMs, ...validity }),
          signingAlgorithm,
          serialNumber: serialNumber(),
        },
        ...{ issuer: authority.subject, signingKey: keys.privateKey, publicKey: own.publicKey },
        subject: `CN=kolo ${name.kind}`,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension(purposes),
          new x509.SubjectAlternativeNameExtension([uri]),
        ],
      },
      webcrypto,
    );
    const key = await subtle.exportKey("pkcs8", own.privateKey);
    return {
      job,
      key: x509.PemConverter.encode(key, "PRIVATE KEY"),
      certificate: certificate.toString("pem"),
      authority: authority.toString("pem"),
    };
  };
  return { job, issue };
}

function datesOf({ nowMs, validMs }: Required<Validity>): { notBefore: Date; notAfter: Date } {
  return { notBefore: new Date(nowMs - skewMs), notAfter: new Date(nowMs + validMs) };
}

/** Sixteen random bytes, not negative, as RFC 5280 wants it: hex, at most 20 octets. */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x3f) | 0x40;
  return bytes.toString("hex");
}
