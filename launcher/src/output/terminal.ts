/**
 * The one place that writes to tsrun's standard output and standard error: ranks' lines, tsrun's
 * own words, and the progress bar under them, none torn by another.
 */
import { type Writable } from "node:stream";
import { Outlet } from "./outlet.js";

export type OutputStream = Writable & { readonly isTTY?: boolean; readonly columns?: number };
export type OutputName = "stdout" | "stderr";

/** Something that is drawn on the last line and has to make room for lines above it. */
export interface Overlay {
  erase(): void;
}

interface Line {
  writer: string;
  complete: boolean;
}

const newline = 0x0a;
const carriageReturn = 0x0d;

export class Terminal {
  readonly #outlets: Readonly<Record<OutputName, Outlet>>;
  /** The line that is being written; one and the same where both streams end on one screen. */
  readonly #lines: Readonly<Record<OutputName, Line>>;
  overlay: Overlay | undefined;

  /** `onBroken` is called when nobody reads any more. */
  constructor(
    streams: Readonly<Record<OutputName, OutputStream>>,
    onBroken: (error: NodeJS.ErrnoException) => void,
  ) {
    this.#outlets = {
      stdout: new Outlet(streams.stdout, onBroken),
      stderr: new Outlet(streams.stderr, onBroken),
    };
    const line = (): Line => ({ writer: "", complete: true });
    const stdout = line();
    const oneScreen = this.#outlets.stdout.isTerminal && this.#outlets.stderr.isTerminal;
    this.#lines = { stdout, stderr: oneScreen ? stdout : line() };
  }

  outlet(name: OutputName): Outlet {
    return this.#outlets[name];
  }

  /** Writes for a rank. A line another writer left without an end gets one first. */
  write(name: OutputName, writer: string, bytes: Buffer): boolean {
    const last = bytes.at(-1);
    const outlet = this.#outlets[name];
    if (last === undefined) return true;
    if (outlet.isTerminal) this.overlay?.erase();
    const line = this.#lines[name];
    if (!line.complete && line.writer !== writer) outlet.write("\n");
    line.writer = writer;
    line.complete = last === newline || last === carriageReturn;
    return outlet.write(bytes);
  }

  /** tsrun's own words, on standard error. */
  say(text: string): void {
    this.write("stderr", "tsrun", Buffer.from(`${text}\n`));
  }

  async flushed(): Promise<void> {
    await Promise.all([this.#outlets.stdout.flushed(), this.#outlets.stderr.flushed()]);
  }
}
