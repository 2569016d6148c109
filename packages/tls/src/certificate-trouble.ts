/** What node:tls and OpenSSL say about a certificate, in words that tell what to look at. */

const meanings: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "its certificate has expired, or the clock of one of the two hosts is wrong",
  CERT_NOT_YET_VALID:
    "its certificate is not valid yet: the clock of one of the two hosts is wrong",
  INVALID_PURPOSE: "its certificate is for something else",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS",
  ERR_SSL_HTTP_REQUEST: "it does not speak TLS",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "it does not speak TLS",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "it speaks no TLS as new as 1.3",
};

/** The reason behind a code, the code with it. */
export function certificateTrouble(code: string): string {
  const meaning =
    meanings[code] ??
    (/SELF_SIGNED|UNABLE_TO_|LEAF_SIGNATURE|SIGNATURE_FAILURE/.test(code)
      ? "its certificate is of another authority, as of another job"
      : "it broke off the TLS handshake");
  return `${meaning} (${code})`;
}

/** Whether a socket ended by what one side thinks of the other's certificate, or of its TLS. */
export function isCertificateTrouble({ code = "" }: NodeJS.ErrnoException): boolean {
  return /^ERR_(SSL|TLS)_|CERT|UNABLE_TO_|^INVALID_PURPOSE$/.test(code);
}
