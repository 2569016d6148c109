/**
 * Readers turn what a flag (text) or a config file (text, numbers, booleans, lists) holds into a
 * value, or throw an Expected that says what would have been right.
 */

import { formatBytes, isWithin, type NumberRange, parseBytes } from "@kolo/core";

/** The value is wrong; the message completes "expected …". Who read it adds where it stood. */
export class Expected extends Error {}

export type Reader<T> = (value: unknown) => T;

/** Timers hold 31 bits of milliseconds: about 24 days. */
const maxSeconds = 2_000_000;

export const integer =
  (least: number, most: number): Reader<number> =>
  (value) => {
    const number = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isInteger(number)) {
      if (number >= least && number <= most) return number;
    }
    throw new Expected(`an integer from ${least} to ${most}, got ${shown(value)}`);
  };

/** A number of bytes in, or text such as "25MiB". */
export const size =
  (range: NumberRange): Reader<number> =>
  (value) => {
    const bytes = typeof value === "string" ? parseBytes(value) : value;
    if (typeof bytes === "number" && isWithin(bytes, range)) return bytes;
    const { least, most, step } = range;
    throw new Expected(
      `a size such as 256KiB, from ${formatBytes(least)} to ${formatBytes(most)}` +
        `${step === 1 ? "" : `, a multiple of ${step} bytes`}, got ${shown(value)}`,
    );
  };

/** Seconds in, milliseconds out. */
export const seconds =
  ({ zero }: { zero: boolean }): Reader<number> =>
  (value) => {
    const isNumber = typeof value === "string" && /^\d+(\.\d+)?$/.test(value);
    const number = isNumber ? Number(value) : value;
    if (typeof number === "number" && number <= maxSeconds && (zero ? number >= 0 : number > 0)) {
      return number === 0 ? 0 : Math.max(1, Math.round(number * 1000));
    }
    throw new Expected(
      `seconds, ${zero ? "0" : "more than 0"} to ${maxSeconds}, got ${shown(value)}`,
    );
  };

export const choice =
  <T extends string>(choices: readonly T[]): Reader<T> =>
  (value) => {
    const chosen = choices.find((one) => one === value);
    if (chosen !== undefined) return chosen;
    throw new Expected(
      `${choices.slice(0, -1).join(", ")} or ${choices.at(-1) ?? ""}, got ${shown(value)}`,
    );
  };

export const text: Reader<string> = (value) => {
  if (typeof value === "string" && value !== "") return value;
  throw new Expected(`text, got ${shown(value)}`);
};

export const absolutePath: Reader<string> = (value) => {
  if (typeof value === "string" && value.startsWith("/")) return value;
  throw new Expected(`an absolute path, got ${shown(value)}`);
};

export const toggle: Reader<boolean> = (value) => {
  if (typeof value === "boolean") return value;
  throw new Expected(`true or false, got ${shown(value)}`);
};

export function shown(value: unknown): string {
  const json = value === undefined ? "nothing" : JSON.stringify(value);
  return json.length <= 80 ? json : `${json.slice(0, 77)}...`;
}
