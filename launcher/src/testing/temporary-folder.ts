import { afterAll } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface TemporaryFolder {
  /** Absolute path. */
  readonly folder: string;
  /** Writes a file there; returns its path. */
  readonly file: (name: string, text: string) => string;
}

/** For all tests of a file, and removed after the last. */
export function temporaryFolder(): TemporaryFolder {
  const folder = mkdtempSync(join(tmpdir(), "kolo-"));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });
  return {
    folder,
    file: (name, text) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    },
  };
}
