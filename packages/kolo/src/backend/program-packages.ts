/**
 * The packages of the user's program. Backends are looked up from there, not from kolo's own place:
 * they must belong to the copy of tfjs that the program uses.
 */
import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { type Attempt } from "./attempt.js";

/** Not plain `require`: paths are known at run time only, and a bundler must not look for them. */
export const load = createRequire(__filename);

/** Paths of the CommonJS modules that this process has loaded; tfjs is CommonJS for an import too. */
export function loadedModules(): readonly string[] {
  return Object.keys(load.cache);
}

export interface FoundPackage {
  readonly name: string;
  /** Absolute path of its main module, which is in `dist/` in all packages of tfjs. */
  readonly main: string;
  readonly version: string;
}

/** Where Node begins to look for the program's packages: at its script, then in the working folder. */
export function programFolders(): readonly string[] {
  const script = process.argv[1];
  return [...(script === undefined ? [] : [dirname(realPath(script))]), process.cwd()];
}

/** Finds a package of tfjs as a module in one of `folders` would, without loading it. */
export function resolvePackage(name: string, folders: readonly string[]): FoundPackage | undefined {
  try {
    const main = load.resolve(name, { paths: [...folders] });
    const manifest = readFileSync(join(dirname(main), "../package.json"), "utf8");
    return { name, main, version: String((JSON.parse(manifest) as { version: unknown }).version) };
  } catch {
    return undefined;
  }
}

/**
 * Says where a package would compute with another copy of tfjs-core than kolo and the program: the two
 * share an engine, but not classes. `byWayOf` names the packages through which it gets there.
 */
export function otherCoreOf(
  found: FoundPackage,
  byWayOf: readonly string[] = [],
): Attempt | undefined {
  const ours = coreSeenFrom(__filename, ["@tensorflow/tfjs"]);
  const theirs = coreSeenFrom(found.main, byWayOf);
  if (ours === undefined || theirs === undefined || ours.main === theirs.main) return undefined;
  return {
    works: false,
    detail:
      `installed, but with another copy of @tensorflow/tfjs-core, ${theirs.version} in ` +
      dirname(theirs.main),
    remedy: "npm dedupe, or one version of all @tensorflow packages",
  };
}

function coreSeenFrom(file: string, byWayOf: readonly string[]): FoundPackage | undefined {
  const from = byWayOf.reduce<string | undefined>(
    (path, name) => (path === undefined ? path : resolvePackage(name, [dirname(path)])?.main),
    file,
  );
  return from === undefined ? from : resolvePackage("@tensorflow/tfjs-core", [dirname(from)]);
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
