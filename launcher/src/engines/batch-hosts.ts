/**
 * The hosts of a job of PBS, LSF or Grid Engine: a file that the batch system has written, whose path it
 * tells in a variable. mpirun reads the same file, or asks the batch system.
 */
import { readFileSync } from "node:fs";
import { type Environment, KoloError } from "@kolo/core";
import { messageOf } from "../report/message-of.js";

export interface BatchHosts {
  /** Such as "PBS_NODEFILE (/var/spool/pbs/aux/42)". */
  readonly source: string;
  readonly hosts: readonly BatchHost[];
}

export interface BatchHost {
  readonly name: string;
  readonly slots: number;
}

const readers: Readonly<Record<string, (text: string) => readonly BatchHost[]>> = {
  PBS_NODEFILE: countHosts,
  LSB_DJOB_HOSTFILE: countHosts,
  PE_HOSTFILE: readSlots,
};

/** Undefined outside a job of theirs. Throws `config_invalid` for a file that cannot be read. */
export function batchHosts(environment: Environment): BatchHosts | undefined {
  for (const [variable, read] of Object.entries(readers)) {
    const file = environment[variable] ?? "";
    if (file === "") continue;
    const source = `${variable} (${file})`;
    const hosts = read(textOf(file, variable));
    if (hosts.length > 0) return { source, hosts };
    throw new KoloError("config_invalid", `expected ${source} to name hosts, got none`);
  }
  return undefined;
}

/** A host a line, as often as it has slots. Pure. */
export function countHosts(text: string): readonly BatchHost[] {
  const slots = new Map<string, number>();
  for (const [name] of words(text)) slots.set(name, (slots.get(name) ?? 0) + 1);
  return [...slots].map(([name, count]) => ({ name, slots: count }));
}

/** A host a line, then its slots, then what does not matter here. Pure. Throws `config_invalid`. */
export function readSlots(text: string): readonly BatchHost[] {
  return words(text).map(([name, count = ""]) => {
    const slots = Number(count);
    if (/^\d{1,4}$/.test(count) && slots > 0) return { name, slots };
    const message = `expected lines as in "node1 4" in PE_HOSTFILE, got "${name} ${count}"`;
    throw new KoloError("config_invalid", message);
  });
}

function words(text: string): readonly (readonly [string, ...string[]])[] {
  return text.split("\n").flatMap((line) => {
    const [first, ...more] = line.trim().split(/\s+/);
    return first === undefined || first === "" ? [] : [[first, ...more] as const];
  });
}

function textOf(file: string, variable: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new KoloError("config_invalid", `cannot read ${variable}: ${messageOf(error)}`);
  }
}
