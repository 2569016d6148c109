/**
 * The files of a timeline. Each rank writes its events to a part of its own, one JSON object a line,
 * so that a rank that is killed leaves whole lines and at most one torn one; whoever started the
 * ranks makes one Chrome trace (JSON object format, as Perfetto and chrome://tracing open it) of the
 * parts and removes them.
 *
 * A line begins with `{"ts":…` (microseconds) and, where the event lasts, `,"dur":…`: the merge sorts by
 * these without parsing the rest. What begins together stands with the longest first, as viewers that
 * nest by order expect it.
 */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { KoloError } from "../errors.js";

/** Where a rank writes while it runs: beside the file that it will be part of. */
export function tracePartOf(file: string, rank: number): string {
  return `${file}.${String(rank).padStart(4, "0")}.part`;
}

/**
 * Makes an empty trace of `file`, so that what cannot be written is known before anything runs.
 * Throws `config_invalid`.
 */
export function createTrace(file: string): void {
  writeTrace(file, []);
}

/** Throws `config_invalid` where this rank's part cannot be written; empties it. */
export function createTracePart(file: string, rank: number): void {
  const part = tracePartOf(file, rank);
  writing(part, () => {
    closeSync(openSync(part, "w"));
  });
}

/** All of `ranks` parts that are there, as one trace in `file`. Throws `config_invalid`. */
export function mergeTrace(file: string, ranks: number): void {
  writeTrace(
    file,
    Array.from({ length: ranks }, (_, rank) => tracePartOf(file, rank)),
  );
}

/** Of this job, or of an earlier one that nobody was left to merge. */
export function removeTraceParts(file: string, ranks: number): void {
  for (let rank = 0; rank < ranks; rank++) rmSync(tracePartOf(file, rank), { force: true });
}

function writeTrace(file: string, parts: readonly string[]): void {
  writing(file, () => {
    const fd = openSync(file, "w");
    try {
      writeAll(fd, Buffer.from('{"displayTimeUnit":"ms","traceEvents":[\n'));
      let first = true;
      for (const part of parts) {
        const lines = sortedLines(readPart(part));
        if (lines.length === 0) continue;
        if (!first) writeAll(fd, separator);
        first = false;
        writeLines(fd, lines);
      }
      writeAll(fd, Buffer.from("\n]}\n"));
    } finally {
      closeSync(fd);
    }
  });
}

const separator = Buffer.from(",\n");
/** Lines are handed to the system in portions of about this size. */
const portionLines = 4096;

function writeLines(fd: number, lines: readonly Buffer[]): void {
  for (let from = 0; from < lines.length; from += portionLines) {
    const portion = lines.slice(from, from + portionLines).flatMap((line) => [separator, line]);
    writeAll(fd, Buffer.concat(from === 0 ? portion.slice(1) : portion));
  }
}

function readPart(part: string): Buffer {
  try {
    return readFileSync(part);
  } catch (error) {
    // A rank that died before its first event.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

interface Line {
  readonly text: Buffer;
  readonly ts: number;
  readonly dur: number;
}

const newline = 0x0a;
const head = /^\{"ts":(-?[\d.]+)(?:,"dur":([\d.]+))?,/;
/** Room for both numbers. */
const headBytes = 64;

/** Whole lines in the order of time. */
function sortedLines(part: Buffer): Buffer[] {
  const lines: Line[] = [];
  let start = 0;
  for (let end = part.indexOf(newline); end !== -1; end = part.indexOf(newline, start)) {
    const match = head.exec(part.toString("latin1", start, Math.min(end, start + headBytes)));
    const text = part.subarray(start, end);
    start = end + 1;
    if (match !== null) lines.push({ text, ts: Number(match[1]), dur: Number(match[2] ?? 0) });
  }
  return lines.sort((a, b) => a.ts - b.ts || b.dur - a.dur).map(({ text }) => text);
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

function writing(path: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    // Only the file system throws in there.
    const reason = (cause as NodeJS.ErrnoException).message;
    throw new KoloError(
      "config_invalid",
      `expected the timeline to be a file that can be written, got ${path}: ${reason}`,
      { cause },
    );
  }
}
