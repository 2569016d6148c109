export {
  arenaBytes,
  type HostLayout,
  layoutHost,
  maxArenaBytes,
  pageBytes,
  partOffset,
} from "./host-layout.js";
export { type Announcement, HostMemory, type HostMemoryOptions } from "./host-memory.js";
export { type Libc, loadLibc } from "./libc.js";
export { makeNonce, seesNonce, writeNonce } from "./nonce.js";
export {
  createSharedFile,
  type FilePlace,
  mapSharedFile,
  openSharedFile,
  unmapSharedFile,
} from "./shared-file.js";
export { trySharing } from "./try-sharing.js";
