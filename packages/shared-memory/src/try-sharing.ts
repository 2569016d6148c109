/** Whether processes could share memory here: makes a file and maps it twice. For `tsrun check`. */
import { closeSync } from "node:fs";
import { arenaBytes, layoutHost, pageBytes } from "./host-layout.js";
import { loadLibc } from "./libc.js";
import { makeNonce, seesNonce, writeNonce } from "./nonce.js";
import { createSharedFile, mapSharedFile, openSharedFile } from "./shared-file.js";

/** Throws an Error that says what is in the way. */
export function trySharing(): void {
  const libc = loadLibc();
  const layout = layoutHost(1, pageBytes, pageBytes);
  const pages = arenaBytes(layout) / pageBytes;
  const place = createSharedFile(libc, layout);
  const fd = openSharedFile(place);
  const [one, other] = [place.fd, fd].map((end) => {
    const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    mapSharedFile(libc, buffer, layout, end);
    closeSync(end);
    return buffer;
  });
  const nonce = makeNonce();
  if (one !== undefined) writeNonce(one, layout, 0, nonce);
  if (other === undefined || !seesNonce(other, layout, 0, nonce)) {
    throw new Error("what is written through one mapping is not seen through another");
  }
}
