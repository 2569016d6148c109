/**
 * Compiles the package's binding. Two files that need Node-API's and TensorFlow's C headers and
 * nothing else, so the compiler is called as it is: node-gyp would want to download Node's headers.
 */
import { mkdir, readFile, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { sha256Of } from "./hash.mjs";
import { runCommand } from "./run-command.mjs";

/** Returns `{ path, bytes, sha256 }` of the addon, which lies where the package looks for it. */
export async function compileAddon({ folder, headers, compiler }) {
  console.log(`compiling the addon with ${compiler.version}`);
  const { binary } = JSON.parse(await readFile(join(folder, "package.json"), "utf8"));
  // The package takes the newest version it knows that this Node has: 8 since Node 16.
  const known = binary.napi_versions.filter((version) => version <= Number(process.versions.napi));
  const version = Math.max(...known);
  const target = join(folder, binary.module_path.replace("{napi_build_version}", String(version)));
  await mkdir(target, { recursive: true });
  const path = join(target, `${binary.module_name}.node`);
  runCommand(
    [
      ...compiler.command,
      ...["-std=c++17", "-O2", "-fPIC", "-shared", `-DNAPI_VERSION=${version}`],
      ...["-I", folder, "-I", join(folder, "deps/include"), "-I", headers],
      ...["binding/tfjs_backend.cc", "binding/tfjs_binding.cc", "-o", `${path}.new`],
      ...["-L", "deps/lib", "-l:libtensorflow_cc.so.2", "-l:libtensorflow_framework.so.2"],
      // All symbols are bound when it is loaded: what a TensorFlow lacks shows at once.
      ...["-Wl,-rpath,$ORIGIN/../../deps/lib", "-Wl,-z,now"],
    ],
    { cwd: folder, failing: "expected the addon to compile" },
  );
  await rename(`${path}.new`, path);
  return { path, bytes: (await stat(path)).size, sha256: await sha256Of(path) };
}
