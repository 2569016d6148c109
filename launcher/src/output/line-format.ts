/**
 * How a rank's line looks on the terminal: rank 0's as it is, other ranks' behind `[3] ` in the
 * rank's colour, all behind the time where that is asked for.
 */
import { createColors } from "picocolors";

export interface LineFormat {
  readonly rank: number;
  readonly color: boolean;
  /** Wall-clock milliseconds; undefined: no time. */
  readonly now: (() => number) | undefined;
}

/** Never red, which reads as an error. */
const palette = [
  "cyan",
  "yellow",
  "green",
  "magenta",
  "blue",
  "cyanBright",
  "yellowBright",
  "greenBright",
  "magentaBright",
  "blueBright",
] as const;

/**
 * A function from lines to the bytes to print. Lines come from LineSplitter; each ends with its
 * own end or, being a piece, with none. Without a prefix they pass as they are, byte for byte, so
 * that a script's standard output can be piped on; with one, every line ends with \n, also one
 * that ended with \r, which would otherwise overwrite its neighbours' lines.
 */
export function lineFormatter(format: LineFormat): (lines: readonly Buffer[]) => Buffer {
  const prefix = rankPrefix(format.rank, format.color);
  const { now } = format;
  if (prefix === "" && now === undefined) return (lines) => Buffer.concat(lines);
  return (lines) => {
    const time = now === undefined ? "" : `${new Date(now()).toISOString()} `;
    const head = Buffer.from(time + prefix);
    return Buffer.concat(lines.flatMap((line) => [head, withoutEnd(line), lineEnd]));
  };
}

export function rankPrefix(rank: number, color: boolean): string {
  if (rank === 0) return "";
  const colorName = palette[(rank - 1) % palette.length] ?? "cyan";
  return `${createColors(color)[colorName](`[${rank}]`)} `;
}

/** Whether to colour what goes to a stream. Source: no-color.org, force-color.org. */
export function wantsColor(
  stream: { readonly isTTY?: boolean },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  if ((environment["NO_COLOR"] ?? "") !== "") return false;
  if ((environment["FORCE_COLOR"] ?? "") !== "") return environment["FORCE_COLOR"] !== "0";
  return stream.isTTY === true && environment["TERM"] !== "dumb";
}

const lineEnd = Buffer.from("\n");

function withoutEnd(line: Buffer): Buffer {
  let end = line.length;
  if (line[end - 1] === 0x0a) end -= 1;
  if (line[end - 1] === 0x0d) end -= 1;
  return line.subarray(0, end);
}
