/**
 * The files of a timeline. Each rank writes its records to a part of its own, in a form that is cheap to
 * write and not meant for viewers (trace-part.ts); whoever started the ranks makes one Chrome trace (JSON
 * object format, as Perfetto and chrome://tracing open it) of the parts and removes them.
 */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { KoloError } from "../errors.js";
import { traceLines } from "./trace-lines.js";
import { decodePart } from "./trace-part.js";

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

/**
 * All of `ranks` parts that are there, as one trace in `file`. Throws `config_invalid` where it cannot be
 * written, and, with the others in the file, where a part cannot be read.
 */
export function mergeTrace(file: string, ranks: number): void {
  const parts = Array.from({ length: ranks }, (_, rank) => tracePartOf(file, rank));
  const unread = writeTrace(file, parts);
  if (unread.length > 0) {
    throw new KoloError("config_invalid", `the timeline ${file} lacks ${unread.join("; ")}`);
  }
}

/** Of this job, or of an earlier one that nobody was left to merge. */
export function removeTraceParts(file: string, ranks: number): void {
  for (let rank = 0; rank < ranks; rank++) rmSync(tracePartOf(file, rank), { force: true });
}

/** Returns which parts cannot be read, and why. */
function writeTrace(file: string, parts: readonly string[]): string[] {
  const unread: string[] = [];
  writing(file, () => {
    const fd = openSync(file, "w");
    try {
      const text = new TextWriter(fd);
      text.write('{"displayTimeUnit":"ms","traceEvents":[\n');
      let separator = "";
      for (const path of parts) {
        const lines = linesOf(path, (reason) => unread.push(`${path}: ${reason}`));
        for (const line of lines) {
          text.write(separator + line);
          separator = ",\n";
        }
      }
      text.write("\n]}\n");
      text.flush();
    } finally {
      closeSync(fd);
    }
  });
  return unread;
}

function linesOf(path: string, onUnread: (reason: string) => void): Iterable<string> {
  try {
    const part = decodePart(readFileSync(path));
    return part === undefined ? [] : traceLines(part);
  } catch (error) {
    // A rank that died before it began.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") onUnread((error as Error).message);
    return [];
  }
}

/** Characters that are handed to the system together, about. */
const portionLength = 2 ** 20;

class TextWriter {
  readonly #fd: number;
  #text = "";

  constructor(fd: number) {
    this.#fd = fd;
  }

  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= portionLength) this.flush();
  }

  flush(): void {
    const bytes = Buffer.from(this.#text);
    for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at);
    this.#text = "";
  }
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
