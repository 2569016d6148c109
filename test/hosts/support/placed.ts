/** A script for ranks that an engine starts itself: what they sum, and what they say of it. */
import { createHash } from "node:crypto";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../support/tsrun.js";

/** Writes the script, in plain JavaScript, beside the packages that it needs. `then` runs after the sums. */
export function placedScript(folder: string, then = ""): string {
  const name = createHash("sha256").update(then).digest("hex").slice(0, 8);
  const modules = join(folder, "node_modules");
  mkdirSync(modules, { recursive: true });
  for (const [to, from] of [
    ["kolo", "packages/kolo"],
    ["@tensorflow", "node_modules/@tensorflow"],
  ] as const) {
    try {
      symlinkSync(join(root, from), join(modules, to));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
  const script = join(folder, `placed-${name}.mjs`);
  writeFileSync(
    script,
    `
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import { createHash } from "node:crypto";

await kolo.init({ backend: "cpu" });
let sum = tf.randomUniform([50_000], -1, 1, "float32", 1 + kolo.rank());
for (let step = 0; step < 5; step++) sum = await kolo.allReduce(sum, { op: step % 2 ? "sum" : "average" });
${then}
${then === "" ? "" : "for (;;) sum = await kolo.allReduce(sum);"}
const digest = createHash("sha256").update(sum.dataSync()).digest("hex");
console.log("result " + JSON.stringify({ rank: kolo.rank(), digest, hosts: kolo.crossSize() }));
await kolo.shutdown();
`,
  );
  return script;
}

/** What all ranks have said alike; throws where they have not. */
export function resultOf(output: string, size: number): { digest: string; hosts: number } {
  const results = [...output.matchAll(/result (\{.*\})/g)].map(
    ([, json = ""]) => JSON.parse(json) as { rank: number; digest: string; hosts: number },
  );
  const ranks = results.map(({ rank }) => rank).sort((a, b) => a - b);
  const said = new Set(results.map(({ digest, hosts }) => `${digest} ${hosts}`));
  const [first] = results;
  if (first === undefined || ranks.length !== size || said.size !== 1) {
    throw new Error(`expected ${size} ranks to say the same, got:\n${output}`);
  }
  return { digest: first.digest, hosts: first.hosts };
}
