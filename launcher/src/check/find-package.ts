/** Finds an installed package as Node does, by walking up, without loading it. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface InstalledPackage {
  readonly directory: string;
  readonly version: string;
}

export function findPackage(name: string, from: string): InstalledPackage | undefined {
  const directory = join(from, "node_modules", name);
  const manifest = join(directory, "package.json");
  if (existsSync(manifest)) return { directory, version: versionIn(manifest) };
  const parent = dirname(from);
  return parent === from ? undefined : findPackage(name, parent);
}

function versionIn(manifest: string): string {
  try {
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version?: unknown };
    return typeof version === "string" ? version : "unknown";
  } catch {
    return "unknown";
  }
}
