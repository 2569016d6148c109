import { KoloError } from "@kolo/core";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Version of the copy of kolo that this file is part of. */
export function koloVersion(): string {
  const manifest = readFileSync(join(__dirname, "../package.json"), "utf8");
  return (JSON.parse(manifest) as { version: string }).version;
}

/**
 * The preload comes from the kolo that tsrun belongs to, what the script imports from the one that
 * Node finds: two copies, which hand each other a thread. Throws `config_invalid`.
 */
export function refuseOtherVersion(launched: string | undefined, imported: string): void {
  if (launched === imported) return;
  throw new KoloError(
    "config_invalid",
    `expected the script to import the kolo of the running tsrun, ${launched ?? "an older one"}, ` +
      `got ${imported}; start it with the tsrun of that one: npx --no-install tsrun`,
  );
}
