/**
 * 32-bit FNV-1a over the UTF-8 bytes of a string. Names plans and fingerprints operations: it tells
 * unequal things apart by accident, not by malice; peers are authenticated before it matters.
 *
 * Source: Fowler, Noll, Vo, "The FNV non-cryptographic hash algorithm", IETF draft.
 */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}

export function hashHex(hash: number): string {
  return hash.toString(16).padStart(8, "0");
}
