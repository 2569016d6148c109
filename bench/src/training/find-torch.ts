/** The Python that has PyTorch. Debian's is /usr/bin/python3, which need not be first on PATH. */
import { spawnSync } from "node:child_process";

export interface Torch {
  readonly python: string;
  readonly version: string;
}

const candidates = ["python3", "/usr/bin/python3"];

export const howToGetTorch =
  "On Debian and Ubuntu: apt-get install -y --no-install-recommends python3-torch; " +
  "elsewhere: pip install torch";

export function findTorch(): Torch | undefined {
  for (const python of candidates) {
    const args = ["-c", "import torch, torch.distributed; print(torch.__version__)"];
    const { status, stdout } = spawnSync(python, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 60_000,
    });
    if (status === 0) return { python, version: stdout.trim() };
  }
  return undefined;
}
