/** `-x NAME=VALUE` sets a variable of the ranks; `-x NAME` asserts that tsrun has it to pass on. */
import { Expected, type Reader, shown } from "./readers.js";

export interface EnvironmentEntry {
  readonly name: string;
  /** Undefined: as it is in tsrun's own environment, where it must exist. */
  readonly value: string | undefined;
}

/** A list of `NAME` and `NAME=VALUE`, or, in a config file, also a mapping of names to values. */
export const readEnvironmentEntries: Reader<readonly EnvironmentEntry[]> = (value) => {
  if (Array.isArray(value)) return value.map(readEntry);
  if (typeof value === "object" && value !== null) {
    return Object.entries(value).map(([name, own]: [string, unknown]) => ({
      name: checkedName(name),
      value: readValue(own, name),
    }));
  }
  throw new Expected(`a list of NAME or NAME=VALUE, got ${shown(value)}`);
};

function readEntry(entry: unknown): EnvironmentEntry {
  if (typeof entry !== "string") throw new Expected(`NAME or NAME=VALUE, got ${shown(entry)}`);
  const at = entry.indexOf("=");
  if (at < 0) return { name: checkedName(entry), value: undefined };
  return { name: checkedName(entry.slice(0, at)), value: entry.slice(at + 1) };
}

function checkedName(name: string): string {
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return name;
  throw new Expected(`the name of an environment variable, got ${shown(name)}`);
}

function readValue(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw new Expected(`text, a number or true or false for ${name}, got ${shown(value)}`);
}
