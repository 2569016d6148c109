/**
 * tfjs-node was written for the TensorFlow and the Node of 2022. Running tfjs-core's own tests on it
 * showed what has changed since without saying so; each is mended here, in the JavaScript of the
 * package that is being built.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const isNullOrUndefined = {
  // Node 23 has none in its util (tensorflow/tfjs#8425, unreleased), and warns of isArray.
  from: "(0, util_1.isNullOrUndefined)(",
  to: "(function (value) { return value == null; })(",
};

const mends = [
  { file: "dist/nodejs_kernel_backend.js", ...isNullOrUndefined },
  { file: "dist/nodejs_kernel_backend.js", from: "(0, util_1.isArray)(", to: "Array.isArray(" },
  { file: "dist/kernels/TopK.js", ...isNullOrUndefined },
  {
    // TensorFlow 2.21 rounds int32 to zeros; its Python leaves integers as they are, before the kernel.
    file: "dist/kernels/Round.js",
    from: "return backend.executeSingleInput(tfjs_1.Round, x);",
    to: "return backend.executeSingleInput(x.dtype === 'int32' ? tfjs_1.Identity : tfjs_1.Round, x);",
  },
];

/** Where the text is not there, it is mended already, or the package is one that does without. */
export async function mendPackage(folder) {
  for (const { file, from, to } of mends) {
    const path = join(folder, file);
    const text = await readFile(path, "utf8");
    if (text.includes(from)) await writeFile(path, text.replaceAll(from, to));
  }
}
