export {
  type AuthorityOptions,
  type CertificateAuthority,
  createAuthority,
} from "./certificate-authority.js";
