import { findPython, type Python } from "../find-python.js";

export type Torch = Python;

export const howToGetTorch =
  "On Debian and Ubuntu: apt-get install -y --no-install-recommends python3-torch; " +
  "elsewhere: pip install torch";

export function findTorch(): Torch | undefined {
  return findPython("import torch, torch.distributed; print(torch.__version__)");
}
