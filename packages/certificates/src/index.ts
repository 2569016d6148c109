export {
  type AuthorityOptions,
  type CertificateAuthority,
  createAuthority,
  type Validity,
} from "./certificate-authority.js";
