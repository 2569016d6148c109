import { isAbsolute, join, relative } from "node:path";

export interface Folders {
  /** The project's folder here. */
  readonly directory: string;
  /** The project's folder there (--wdir); undefined: the same. */
  readonly wdir: string | undefined;
}

/** Where a file of this machine is on another host: in the project, or else at the same path. Pure. */
export function pathThere(path: string, { directory, wdir }: Folders): string {
  if (wdir === undefined) return path;
  const within = relative(directory, path);
  const isWithin = within !== ".." && !within.startsWith("../") && !isAbsolute(within);
  return isWithin ? join(wdir, within) : path;
}
