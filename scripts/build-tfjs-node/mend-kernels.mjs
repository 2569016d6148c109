/**
 * What changed in TensorFlow since tfjs-node was written, and is wrong without an error. One thing,
 * found by running tfjs-core's own tests: Round of int32 gives zeros in TensorFlow 2.21. TensorFlow's
 * Python returns integers as they are, and so does the mended kernel.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const asWritten = "        return backend.executeSingleInput(tfjs_1.Round, x);";
const integersStay =
  "        // By kolo-build-tfjs-node: TensorFlow 2.21 rounds integers to zero.\n" +
  "        if (x.dtype === 'int32') return backend.executeSingleInput(tfjs_1.Identity, x);\n";

/** Leaves a kernel that reads otherwise as it is. */
export async function mendKernels(folder) {
  const path = join(folder, "dist/kernels/Round.js");
  const kernel = await readFile(path, "utf8");
  if (!kernel.includes(asWritten) || kernel.includes(integersStay)) return;
  await writeFile(path, kernel.replace(asWritten, `${integersStay}${asWritten}`));
}
