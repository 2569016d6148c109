/**
 * A stream of bytes → whole lines, each with its end: \n, \r\n, or \r alone (what progress bars
 * write). Bytes, not text: neither \n nor \r occurs inside a UTF-8 character, so a cut at a line
 * end tears none, and what is not UTF-8 passes unharmed.
 *
 * Memory is bounded: a line longer than the limit comes in pieces, cut between characters. A piece
 * has no end; nor has a last line without one.
 */
const newline = 0x0a;
const carriageReturn = 0x0d;

const defaultMaxLineBytes = 64 * 1024;

export class LineSplitter {
  #pending: Buffer = Buffer.alloc(0);
  /** Up to here, pending holds no line end. */
  #searched = 0;

  constructor(readonly maxLineBytes = defaultMaxLineBytes) {}

  /** The lines that `chunk` completes. */
  push(chunk: Buffer): Buffer[] {
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const lines: Buffer[] = [];
    let start = 0;
    let at = this.#searched;
    while (at < bytes.length) {
      const byte = bytes[at];
      if (byte === newline) {
        at += 1;
      } else if (byte === carriageReturn) {
        // Whether it is half of a \r\n is known with the next byte.
        if (at + 1 === bytes.length) break;
        at += bytes[at + 1] === newline ? 2 : 1;
      } else {
        at += 1;
        if (at - start < this.maxLineBytes) continue;
        at = characterBoundary(bytes, start, at);
      }
      lines.push(bytes.subarray(start, at));
      start = at;
    }
    // A copy, so that a few bytes do not keep a whole chunk alive.
    this.#pending = Buffer.from(bytes.subarray(start));
    this.#searched = at - start;
    return lines;
  }

  /** What is left, at the end of the stream: a last line without an end, or nothing. */
  end(): Buffer[] {
    const rest = this.#pending;
    this.#pending = Buffer.alloc(0);
    this.#searched = 0;
    return rest.length === 0 ? [] : [rest];
  }
}

/** The last boundary between characters in (start, end]; `end` where there is none in reach. */
function characterBoundary(bytes: Buffer, start: number, end: number): number {
  for (let at = end - 1; at > start && at >= end - 4; at -= 1) {
    const byte = bytes[at] ?? 0;
    if (byte < 0x80) return end;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return at + length <= end ? end : at;
  }
  return end;
}
