/**
 * From a rank's pipe to the terminal, and to its file. When one of them wants no more, the pipe is
 * not read until it does; the rank then blocks in its write, and tsrun's memory stays small.
 */
import { type Readable } from "node:stream";
import { LineSplitter } from "./line-splitter.js";
import { type Outlet } from "./outlet.js";
import { type OutputName, type Terminal } from "./terminal.js";

export interface RankOutput {
  readonly rank: number;
  readonly name: OutputName;
  readonly source: Readable;
  readonly terminal: Terminal;
  readonly format: (lines: readonly Buffer[]) => Buffer;
  readonly file: Outlet | undefined;
}

export interface Passage {
  /** Resolves when the stream has ended and its last line is written. */
  readonly done: Promise<void>;
  /** True while a reader of tsrun's output, or a disk, holds it up. */
  readonly blocked: boolean;
}

export function passOn(output: RankOutput): Passage {
  const { rank, name, source, terminal, format, file } = output;
  const writer = `rank ${rank} ${name}`;
  const splitter = new LineSplitter();
  let blockedBy = 0;
  const unblock = (): void => {
    blockedBy -= 1;
    if (blockedBy === 0) source.resume();
  };
  const blockOn = (outlet: Outlet): void => {
    blockedBy += 1;
    source.pause();
    outlet.whenDrained(unblock);
  };
  source.on("data", (chunk: Buffer) => {
    if (file?.write(chunk) === false) blockOn(file);
    const lines = splitter.push(chunk);
    if (lines.length > 0 && !terminal.write(name, writer, format(lines))) {
      blockOn(terminal.outlet(name));
    }
  });
  source.on("error", () => undefined);
  const done = new Promise<void>((resolve) => {
    // "close" comes after "end", and also where the stream is destroyed.
    source.once("close", () => {
      const rest = splitter.end();
      if (rest.length > 0) terminal.write(name, writer, format(rest));
      resolve();
    });
  });
  return {
    done,
    get blocked() {
      return blockedBy > 0;
    },
  };
}
