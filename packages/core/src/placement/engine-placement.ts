/** Where an engine (Slurm, MPI) that started this process has put it, as far as it says. */
import { type Environment } from "../variables.js";
import { KoloError } from "../errors.js";

export interface EnginePlacement {
  readonly engine: "slurm" | "openmpi" | "pmi";
  /**
   * What this job, or step of a job, is called, alike in all its processes and like no other; undefined
   * where the engine does not tell.
   */
  readonly jobId: string | undefined;
  readonly rank: number;
  readonly size: number;
  readonly localRank: number;
  readonly localSize: number;
}

/** An engine's variables, read. */
export interface EngineVariables {
  /** The first of these that is set and not empty. */
  readonly text: (...names: readonly string[]) => string | undefined;
  /** Throws `config_invalid` where the first that is set is no integer from 0. */
  readonly integer: (...names: readonly string[]) => number | undefined;
  /** Throws `config_invalid` where none is set, too. */
  readonly required: (...names: readonly string[]) => number;
}

export function engineVariables(environment: Environment, engine: string): EngineVariables {
  const nameOf = (names: readonly string[]): string | undefined =>
    names.find((name) => (environment[name] ?? "") !== "");
  const integer: EngineVariables["integer"] = (...names) => {
    const name = nameOf(names);
    if (name === undefined) return undefined;
    const text = environment[name] ?? "";
    if (/^\d{1,9}$/.test(text)) return Number(text);
    throw new KoloError("config_invalid", `expected ${name} to be an integer, got "${text}"`);
  };
  return {
    text: (...names) => environment[nameOf(names) ?? ""],
    integer,
    required: (...names) => {
      const value = integer(...names);
      if (value !== undefined) return value;
      throw new KoloError(
        "config_invalid",
        `expected ${engine} to set ${names.join(" or ")}; it is missing`,
      );
    },
  };
}

/** Throws `config_invalid` where the index is not below the count. */
export function expectBelow(
  [indexName, index]: readonly [string, number],
  [countName, count]: readonly [string, number],
): void {
  if (index < count) return;
  throw new KoloError(
    "config_invalid",
    `expected ${indexName} < ${countName}, got ${index} and ${count}`,
  );
}

/** Throws `config_invalid` where the one is more than the other. */
export function expectAtMost(
  [name, value]: readonly [string, number],
  [mostName, most]: readonly [string, number],
): void {
  if (value <= most) return;
  throw new KoloError(
    "config_invalid",
    `expected ${name} <= ${mostName}, got ${value} and ${most}`,
  );
}
