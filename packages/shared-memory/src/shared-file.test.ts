import { describe, expect, it } from "@jest/globals";
import { closeSync, readlinkSync } from "node:fs";
import { arenaBytes, fileBytes, layoutHost, pageBytes, partOffset } from "./host-layout.js";
import { loadLibc } from "./libc.js";
import { makeNonce, seesNonce, writeNonce } from "./nonce.js";
import { createSharedFile, mapSharedFile, openSharedFile, unmapSharedFile } from "./shared-file.js";

const libc = loadLibc();
const layout = layoutHost(2, 1000, 3 * pageBytes);

function createArena(): Uint8Array<SharedArrayBuffer> {
  const pages = arenaBytes(layout) / pageBytes;
  return new Uint8Array(
    new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer,
  );
}

describe("a file that arenas share", () => {
  it("is seen through every mapping, and only where it is mapped", () => {
    const place = createSharedFile(libc, layout);
    const [one, other] = [createArena(), createArena()];
    mapSharedFile(libc, one.buffer, layout, place.fd);
    const fd = openSharedFile(place);
    mapSharedFile(libc, other.buffer, layout, fd);
    // What is mapped stays so without them.
    closeSync(fd);
    closeSync(place.fd);

    const at = partOffset(layout, 1) + 5;
    one[at] = 42;
    expect(other[at]).toBe(42);
    one[layout.headerOffset - 1] = 7;
    expect(other[layout.headerOffset - 1]).toBe(0);
    const last = layout.headerOffset + fileBytes(layout) - 1;
    other[last] = 9;
    expect(one[last]).toBe(9);

    const nonce = makeNonce();
    writeNonce(one.buffer, layout, 1, nonce);
    expect(seesNonce(other.buffer, layout, 1, nonce)).toBe(true);
    expect(seesNonce(other.buffer, layout, 0, nonce)).toBe(false);

    unmapSharedFile(libc, one.buffer, layout);
    expect(one[at]).toBe(0);
    one[at] = 1;
    expect(other[at]).toBe(42);
    expect(seesNonce(one.buffer, layout, 1, nonce)).toBe(false);
  });

  it("has no name in any folder, and is not there for other files' places", () => {
    const place = createSharedFile(libc, layout);
    expect(readlinkSync(`/proc/self/fd/${place.fd}`)).toBe("/memfd:kolo (deleted)");
    closeSync(place.fd);
    expect(() => openSharedFile(place)).toThrow("ENOENT");
  });

  it("says what failed", () => {
    expect(() => mapSharedFile(libc, createArena().buffer, layout, 9999)).toThrow(
      /mmap of \d+ bytes failed with EBADF/,
    );
    expect(() => libc.createMemoryFile("kolo", -1)).toThrow(/ftruncate to -1 bytes .* EINVAL/);
  });
});

describe("futexes", () => {
  it("do not sleep where the word has changed, nor longer than they are told", () => {
    const place = createSharedFile(libc, layout);
    const arena = createArena();
    const address = mapSharedFile(libc, arena.buffer, layout, place.fd);
    closeSync(place.fd);
    const start = performance.now();
    libc.futexWait(address, 1, 60_000);
    expect(performance.now() - start).toBeLessThan(10_000);
    const before = performance.now();
    libc.futexWait(address, 0, 30);
    expect(performance.now() - before).toBeGreaterThanOrEqual(29);
    libc.futexWake(address);
  });
});
