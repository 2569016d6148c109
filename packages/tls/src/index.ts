export {
  bareListener,
  type BareListenerOptions,
  type Listener,
  type SocketOptions,
} from "./bare-listener.js";
export { isCertificateTrouble } from "./certificate-trouble.js";
export { dialSecurely, type SecureDialOptions } from "./dial-securely.js";
export {
  type SecureCaller,
  SecureListener,
  type SecureListenerOptions,
} from "./secure-listener.js";
export { checkPeerIdentity, tlsOptions } from "./tls-options.js";
export { placeOf } from "./place-of.js";
