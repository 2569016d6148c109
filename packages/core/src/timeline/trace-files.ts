/**
 * The files of a timeline. Each rank writes its records to a part of its own, in a form that is cheap to
 * write and not meant for viewers (trace-part.ts); whoever started the ranks makes one Chrome trace (JSON
 * object format, as Perfetto and chrome://tracing open it) of the parts and removes them.
 */
import { createHash } from "node:crypto";
import { closeSync, mkdirSync, openSync, readFileSync, readSync, rmSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { KoloError } from "../errors.js";
import { type TraceClock } from "./trace-clock.js";
import { traceLines } from "./trace-lines.js";
import { decodePart } from "./trace-part.js";

const traceBegin = '{"displayTimeUnit":"ms",';

/** Where a rank writes while it runs: beside the file that it will be part of. */
export function tracePartOf(file: string, rank: number): string {
  return `${file}.${String(rank).padStart(4, "0")}.part`;
}

/**
 * Where it writes on another host than the file's, where the file's folder may not even be: in a folder
 * that an agent names, from which the part is sent to the file's host.
 */
export function tracePartIn(folder: string, file: string, rank: number): string {
  const name = createHash("sha256").update(file).digest("hex").slice(0, 32);
  return tracePartOf(join(folder, name), rank);
}

/**
 * Makes an empty trace of `file`, so that what cannot be written is known before anything runs.
 * Throws `config_invalid`.
 */
export function createTrace(file: string): void {
  writeTrace(file, []);
}

/** Whether this is a file that `createTrace` or `mergeTrace` has written, to be overwritten without loss. */
export function isTrace(file: string): boolean {
  try {
    const fd = openSync(file, "r");
    try {
      const begin = Buffer.alloc(traceBegin.length);
      readSync(fd, begin);
      return begin.toString() === traceBegin;
    } finally {
      closeSync(fd);
    }
  } catch {
    return false;
  }
}

/** Throws `config_invalid` where this rank's part cannot be written; empties it. */
export function createTracePart(part: string): void {
  writing(part, () => {
    closeSync(openSync(part, "w"));
  });
}

/** The folder of `tracePartIn`, for this user alone: made by the first rank that needs it. */
export function makePartsFolder(part: string): void {
  writing(part, () => {
    mkdirSync(dirname(part), { recursive: true, mode: 0o700 });
  });
}

/**
 * All of `ranks` parts that are there, as one trace in `file`. `clockOf` tells ranks of other hosts; their
 * times become those of this one. Throws `config_invalid` where the file cannot be written, and, with the
 * others in it, where a part cannot be read.
 */
export function mergeTrace(
  file: string,
  ranks: number,
  clockOf: (rank: number) => TraceClock | undefined = () => undefined,
): void {
  const parts = Array.from({ length: ranks }, (_, rank) => ({
    path: tracePartOf(file, rank),
    rank,
    clock: clockOf(rank),
  }));
  const unread = writeTrace(file, parts);
  if (unread.length > 0) {
    throw new KoloError("config_invalid", `the timeline ${file} lacks ${unread.join("; ")}`);
  }
}

/** Of this job, or of an earlier one that nobody was left to merge. */
export function removeTraceParts(file: string, ranks: number): void {
  for (let rank = 0; rank < ranks; rank++) rmSync(tracePartOf(file, rank), { force: true });
}

interface PartFile {
  readonly path: string;
  readonly rank: number;
  readonly clock: TraceClock | undefined;
}

/** Returns which parts cannot be read, and why. */
function writeTrace(file: string, parts: readonly PartFile[]): string[] {
  const unread: string[] = [];
  writing(file, () => {
    const fd = openSync(file, "w");
    try {
      const text = new TextWriter(fd);
      text.write(`${traceBegin}${clocksText(parts)}"traceEvents":[\n`);
      let separator = "";
      for (const part of parts) {
        const lines = linesOf(part, (reason) => unread.push(`${part.path}: ${reason}`));
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

/** What the trace says of itself, which viewers keep and do not draw: whose times were moved. */
function clocksText(parts: readonly PartFile[]): string {
  const clocks = parts.flatMap(({ rank, clock }) =>
    clock === undefined ? [] : [{ rank, host: clock.host, errorUs: Math.ceil(clock.errorUs) }],
  );
  return clocks.length === 0 ? "" : `"otherData":${JSON.stringify({ clocks })},`;
}

function linesOf(
  { path, rank, clock }: PartFile,
  onUnread: (reason: string) => void,
): Iterable<string> {
  try {
    const part = decodePart(readFileSync(path));
    return part === undefined ? [] : traceLines({ ...part, rank }, clock);
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
