/** A file in deps/ that says what was built: it goes with the old deps, and comes when all is well. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { join, relative } from "node:path";

const stampOf = (folder) => join(folder, "deps/kolo-build.json");

/** The stamp, where it was made for this request and all its files are there in their sizes. */
export async function inspectStamp(folder, request) {
  try {
    const stamp = JSON.parse(await readFile(stampOf(folder), "utf8"));
    if (!isDeepStrictEqual(stamp.request, request)) return undefined;
    for (const { path, bytes } of stamp.files) {
      if ((await stat(join(folder, path))).size !== bytes) return undefined;
    }
    return stamp;
  } catch (error) {
    if (error.code === "ENOENT" || error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Paths are kept relative to the package, which may be moved. */
export async function writeStamp(folder, { files, ...rest }) {
  const inside = files.map((file) => ({ ...file, path: relative(folder, file.path) }));
  await writeFile(stampOf(folder), `${JSON.stringify({ ...rest, files: inside }, null, 2)}\n`);
}
