/**
 * Fills the package's folder deps/ as the package's own installer would: lib/ and include/ of
 * TensorFlow; and beside them nvidia/, where TensorFlow's libraries look for CUDA's, because they
 * expect to lie in a folder beside it, as pip would install both.
 */
import { mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { pinnedCudaRequirements, tensorflowRequirement } from "./pins.mjs";
import { extractWheel, fetchWheel, readMetadata } from "./wheels.mjs";

const library = "(?=libtensorflow(?:_cc|_framework)\\.so\\.2$)";
const header = "(?=tensorflow/(?:c|core/platform|tsl)/|tsl/|xla/tsl/)";
// Headers stay out. ptxas and libdevice, which XLA calls, are in cuda_nvcc.
const cuda = "(?=[^/]+/lib/|cuda_nvcc/(?:bin|nvvm)/)";

/** Returns `{ wheels, files }`: what was fetched, and what the addon needs to run. */
export async function fillDeps({ machine, folder, cache, gpu, cuda: withCuda, tensorflow }) {
  const { python, wheelArch } = machine;
  const fetch = (requirement) => fetchWheel({ requirement, machine, cache });
  const wheel = await fetch(tensorflowRequirement({ version: tensorflow, gpu, wheelArch }));
  const needs = withCuda
    ? (pinnedCudaRequirements(tensorflow) ?? cudaRequirementsOf(readMetadata({ wheel, python })))
    : [];
  const others = [];
  for (const requirement of needs) others.push(await fetch(requirement));

  const deps = join(folder, "deps");
  await rm(deps, { recursive: true, force: true });
  await mkdir(join(deps, "lib"), { recursive: true });
  console.log(`unpacking ${[wheel, ...others].map(({ spec }) => spec).join(", ")}`);
  const files = extractWheel({
    wheel,
    python,
    moves: [
      [`tensorflow/${library}`, join(deps, "lib")],
      [`tensorflow/include/${header}`, join(deps, "include")],
    ],
  }).filter(({ path }) => path.startsWith(join(deps, "lib")));
  for (const other of others) {
    const moves = [[`nvidia/${cuda}`, join(deps, "nvidia")]];
    files.push(...extractWheel({ wheel: other, python, moves }));
  }
  // The names under which the package's own binding.gyp and installer know them.
  await symlink("libtensorflow_cc.so.2", join(deps, "lib/libtensorflow.so"));
  await symlink("libtensorflow_framework.so.2", join(deps, "lib/libtensorflow_framework.so"));
  return {
    wheels: [wheel, ...others].map(({ spec, file, sha256 }) => ({ spec, file, sha256 })),
    files: files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })),
  };
}

/** What `pip install tensorflow[and-cuda]` would add, from lines "Requires-Dist: NAME RANGE; extra == …". */
function cudaRequirementsOf(metadata) {
  return metadata
    .split("\n")
    .filter((line) => /^Requires-Dist: nvidia-.*extra == ['"]and-cuda['"]/.test(line))
    .map((line) => ({ spec: line.replace(/^Requires-Dist: /, "").replace(/[\s()]|;.*/g, "") }));
}
