/**
 * Where ranks of this host write what tsrun fetches when they have ended: a folder with a name that nobody
 * can guess, which the first rank that needs it makes for itself alone.
 */
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function namePartsFolder(): string {
  return join(tmpdir(), `kolo-${randomBytes(16).toString("hex")}`);
}

/** The folder, or a part in it. */
export function removeParts(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Not removed: there is nobody left to tell, and nothing else to try.
  }
}
