/** The package under test, which `npm ci` does not bring. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/tsrun.js";

/** What the build wrote down. */
export interface BuildStamp {
  readonly request: { readonly package: string; readonly tensorflow: string };
  readonly wheels: readonly { readonly spec: string; readonly sha256: string }[];
}

const stampPath = join(root, "node_modules/@tensorflow/tfjs-node/deps/kolo-build.json");

/** Throws where the package is not built: these tests are not skipped. */
export function builtAddon(): BuildStamp {
  if (!existsSync(stampPath)) {
    throw new Error(
      `expected @tensorflow/tfjs-node to be built into node_modules, got no ${stampPath}; ` +
        "run: npm run build:tfjs-node",
    );
  }
  return JSON.parse(readFileSync(stampPath, "utf8")) as BuildStamp;
}

export const buildScript = join(root, "scripts/build-tfjs-node.mjs");
export const tensorflowFixture = (name: string): string =>
  join(root, "test/tensorflow/fixtures", name);
