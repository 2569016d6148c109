/**
 * One host, as a line of a hostfile or an entry of `--hosts` says it. Pure.
 *
 *   [user@]host[:n] [slots=N|auto] [max_slots=N]
 *
 * `:n` is a number of slots where there is no `slots=` (Horovod's, MPICH's form), and ssh's port where
 * there is. What could be meant either way is refused, with both ways to write it: `host:22`, and
 * `host:4 slots=4`.
 */
import { Expected, shown } from "../cli/readers.js";
import { maxRanks } from "../cli/max-ranks.js";
import { type HostEntry } from "./host-entry.js";
import { checkedIPv6, checkedName, checkedUser } from "./host-name.js";

/** The message completes "expected …"; the column counts from 1. */
export class HostSyntaxError extends Expected {
  constructor(
    message: string,
    readonly column: number,
  ) {
    super(message);
  }
}

export const maxPort = 65_535;
/** Nobody's sshd listens below its own well-known port, and few hosts have that many slots. */
const sshPort = 22;

/** `text` has no comment, and something besides blanks. Throws HostSyntaxError. */
export function parseHostEntry(text: string): HostEntry {
  const [first, ...rest] = [...text.matchAll(/\S+/g)];
  if (first === undefined) throw new HostSyntaxError("a host, got nothing", 1);
  const options = new Map<string, string>();
  for (const { 0: word, index } of rest) {
    at(index, () => {
      const { name, value } = splitOption(word);
      if (options.has(name)) throw new Expected(`${name}= once, got it twice`);
      options.set(name, value);
    });
  }
  const valueOf = <T>(name: string, read: (value: string) => T): T | undefined => {
    const value = options.get(name);
    if (value === undefined) return undefined;
    return at(rest.find(({ 0: word }) => splitOption(word).name === name)?.index ?? 0, () =>
      read(value),
    );
  };
  const slots = valueOf("slots", readSlots);
  const entry = at(first.index, () => readAddress(first[0], slots));
  const maxSlots = valueOf("max_slots", (value) => readMaxSlots(value, entry.slots));
  return { ...entry, maxSlots };
}

function at<T>(index: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Expected) throw new HostSyntaxError(error.message, index + 1);
    throw error;
  }
}

function splitOption(word: string): { readonly name: string; readonly value: string } {
  const [, name = "", value = ""] = /^(slots|max[_-]slots)=(.*)$/.exec(word) ?? [];
  if (name !== "") return { name: name.replace("-", "_"), value };
  throw new Expected(`slots=N, slots=auto or max_slots=N after the host, got ${shown(word)}`);
}

function readSlots(text: string): number | "auto" {
  if (text === "auto") return text;
  if (isCount(text)) return Number(text);
  throw new Expected(`slots= an integer from 1 to ${maxRanks}, or auto, got ${shown(text)}`);
}

function readMaxSlots(text: string, slots: number | "auto"): number {
  if (!isCount(text)) {
    throw new Expected(`max_slots= an integer from 1 to ${maxRanks}, got ${shown(text)}`);
  }
  if (slots !== "auto" && Number(text) < slots) {
    throw new Expected(`max_slots= at least the ${slots} slots, got ${text}`);
  }
  return Number(text);
}

function isCount(text: string): boolean {
  return /^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= maxRanks;
}

type Address = Omit<HostEntry, "maxSlots">;

function readAddress(word: string, slots: HostEntry["slots"] | undefined): Address {
  const userEnd = word.lastIndexOf("@");
  const user = userEnd < 0 ? undefined : checkedUser(word.slice(0, userEnd));
  const { host, written, number } = splitAddress(word.slice(userEnd + 1));
  const whole = `${user === undefined ? "" : `${user}@`}${written}`;
  if (number === undefined) return { user, host, port: undefined, slots: slots ?? 1 };
  return slots === undefined
    ? { user, host, port: undefined, slots: readColonSlots(number, whole) }
    : { user, host, port: readColonPort(number, whole, slots), slots };
}

/** `written` is the host as it stood, brackets and all. */
function splitAddress(text: string): { host: string; written: string; number?: string } {
  const bracketed = /^(\[([^\]]*)\])(?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    const [, written = "", address = "", number] = bracketed;
    return { host: checkedIPv6(address), written, ...(number !== undefined && { number }) };
  }
  if (/^[\da-f:.]+(%.*)?$/i.test(text) && /::|(:[^:]*){7}/.test(text)) {
    throw new Expected(`an IPv6 address in brackets, as in [fd00::7] or [fd00::7]:4, got ${text}`);
  }
  const [name = "", number, ...more] = text.split(":");
  if (more.length > 0) {
    throw new Expected(
      `one number after a host, as in ${name}:4 (slots) or "${name}:2222 slots=4" (port and slots), ` +
        `got ${shown(text)}`,
    );
  }
  return { host: checkedName(name), written: name, ...(number !== undefined && { number }) };
}

function readColonSlots(number: string, host: string): number | "auto" {
  if (number === "auto") return number;
  const isSlots = isCount(number) && Number(number) !== sshPort;
  if (isSlots) return Number(number);
  if (!isPort(number) || Number(number) < sshPort) {
    throw new Expected(
      `a number of slots from 1 to ${maxRanks} after "${host}:", got ${shown(number)}`,
    );
  }
  throw new Expected(
    `slots after "${host}:", got ${number}, which may be meant as a port; ` +
      `write "${host}:${number} slots=N" for the port of ssh` +
      (isCount(number) ? `, "${host} slots=${number}" for slots` : ""),
  );
}

function readColonPort(number: string, host: string, slots: HostEntry["slots"]): number {
  if (isPort(number) && Number(number) >= sshPort) return Number(number);
  throw new Expected(
    `the port of ssh, from ${sshPort} to ${maxPort}, after "${host}:", since slots= is given too, ` +
      `got ${shown(number)}; write "${host} slots=${slots}" for slots alone`,
  );
}

function isPort(text: string): boolean {
  return /^\d{1,5}$/.test(text) && Number(text) <= maxPort;
}
