/** The Python that has some package. Debian's is /usr/bin/python3, which need not be first on PATH. */
import { spawnSync } from "node:child_process";

export interface Python {
  readonly python: string;
  /** What the program printed. */
  readonly version: string;
}

const candidates = ["python3", "/usr/bin/python3"];

/** The first on which `program` runs well; undefined where there is none. */
export function findPython(program: string): Python | undefined {
  for (const python of candidates) {
    const { status, stdout } = spawnSync(python, ["-c", program], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 60_000,
    });
    if (status === 0) return { python, version: stdout.trim() };
  }
  return undefined;
}
