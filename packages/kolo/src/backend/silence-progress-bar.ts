/**
 * tfjs-node prints the progress of every `fit` on standard output. tsrun shows it for all ranks in one
 * place, so the ranks' own stays quiet, without touching what the program says of `verbose`.
 */
import { load } from "./program-packages.js";

/** What tfjs-node's logger prints through, exported for the tests of tfjs-node. */
interface ProgressBarHelper {
  log: (text: string) => void;
  ProgressBar: new () => { tick: () => void };
}

/** `loaded` are the paths of all loaded modules. */
export function silenceProgressBar(loaded: readonly string[]): void {
  const path = loaded.find((one) =>
    /[\\/]@tensorflow[\\/]tfjs-node(-gpu)?[\\/]dist[\\/]callbacks\.js$/.test(one),
  );
  if (path === undefined) return;
  const { progressBarHelper } = load(path) as { progressBarHelper?: ProgressBarHelper };
  if (progressBarHelper === undefined) return;
  progressBarHelper.log = () => undefined;
  progressBarHelper.ProgressBar = class {
    tick(): void {
      // Nothing to show.
    }
  };
}
