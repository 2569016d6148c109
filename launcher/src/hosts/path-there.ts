import { isAbsolute, join, relative } from "node:path";

export interface Folders {
  /** The project's folder here. */
  readonly directory: string;
  /** The project's folder there (--wdir); undefined: the same. */
  readonly wdir: string | undefined;
}

/** Where a file of this machine is on another host: in the project, or else at the same path. Pure. */
export function pathThere(path: string, { directory, wdir }: Folders): string {
  return wdir === undefined ? path : moved(path, directory, wdir);
}

/** The other way round. Pure. */
export function pathHere(path: string, { directory, wdir }: Folders): string {
  return wdir === undefined ? path : moved(path, wdir, directory);
}

/** Pure. */
export function isWithin(folder: string, path: string): boolean {
  const within = relative(folder, path);
  return within !== ".." && !within.startsWith("../") && !isAbsolute(within);
}

function moved(path: string, from: string, to: string): string {
  return isWithin(from, path) ? join(to, relative(from, path)) : path;
}
