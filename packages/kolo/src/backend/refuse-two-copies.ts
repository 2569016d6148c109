import { KoloError } from "@kolo/core";

/**
 * Two copies of tfjs share one engine, but not classes and callbacks: half of what kolo hooks into
 * would never be called. `loaded` are the paths of all loaded modules. Throws `config_invalid`.
 */
export function refuseTwoCopies(loaded: readonly string[]): void {
  const copies = loaded.filter((path) =>
    /[\\/]@tensorflow[\\/]tfjs-core[\\/]dist[\\/]tf-core\.node\.js$/.test(path),
  );
  if (copies.length < 2) return;
  throw new KoloError(
    "config_invalid",
    `expected one copy of @tensorflow/tfjs-core, got ${copies.join(" and ")}; install one version (npm ls @tensorflow/tfjs-core, npm dedupe)`,
  );
}
