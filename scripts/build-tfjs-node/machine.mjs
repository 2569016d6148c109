/** Looks whether this machine can build, before anything is downloaded. */
import { BuildFailure } from "./failure.mjs";
import { tryCommand } from "./run-command.mjs";

/** As wheels are named, by Node's name of the architecture. */
const wheelArchs = { x64: "x86_64", arm64: "aarch64" };

/**
 * The programs that build, and the platform tags of the wheels that run here. Throws a BuildFailure
 * that names everything that is missing and how to install it.
 */
export function lookAtMachine({ gpu }) {
  const wheelArch = wheelArchs[process.arch];
  const glibc = process.report.getReport().header.glibcVersionRuntime;
  if (process.platform !== "linux" || wheelArch === undefined || glibc === undefined) {
    throw new BuildFailure(
      `expected Linux with glibc on x64 or arm64, got ${process.platform} ${process.arch}` +
        `${process.platform === "linux" && glibc === undefined ? " without glibc" : ""}; ${without}`,
    );
  }
  if (gpu && wheelArch !== "x86_64") {
    throw new BuildFailure(
      `expected x64 for --gpu, got ${process.arch}, for which TensorFlow's wheel has no CUDA; ${without}`,
    );
  }
  const programs = { npm: findNpm(), python: findPython(), compiler: findCompiler() };
  const missing = [
    programs.npm === undefined && "npm: it comes with Node.js; put it on PATH",
    programs.python === undefined &&
      "Python 3 with pip: apt-get install python3-pip, dnf install python3-pip (or set PYTHON to one)",
    programs.compiler === undefined &&
      "a C++ compiler: apt-get install g++, dnf install gcc-c++ (or set CXX to one)",
    tryCommand(["tar", "--version"]) === undefined && "tar: apt-get install tar",
  ].filter(Boolean);
  if (missing.length > 0) {
    throw new BuildFailure(
      `expected what builds tfjs-node to be installed; missing:\n` +
        `${missing.map((line) => `  - ${line}\n`).join("")}${without}`,
    );
  }
  return { ...programs, wheelArch, glibc, platformTags: platformTags(glibc, wheelArch) };
}

const without = "without tfjs-node, kolo goes on with the backend wasm";

/** All that this glibc can run: wheels name the oldest glibc they work with. */
function platformTags(glibc, wheelArch) {
  const minor = Number(glibc.split(".")[1]);
  const tags = [];
  for (let older = minor; older >= 17; older--) tags.push(`manylinux_2_${older}_${wheelArch}`);
  return [...tags, `manylinux2014_${wheelArch}`, `manylinux2010_${wheelArch}`];
}

function findNpm() {
  // Set where npm runs this as a script: the same npm, then. Yarn and pnpm set it as well.
  const path = process.env.npm_execpath ?? "";
  const isNpm = /[\\/]npm-cli\.js$/.test(path);
  const candidates = [...(isNpm ? [[process.execPath, path]] : []), ["npm"]];
  return candidates.find((command) => tryCommand([...command, "--version"]) !== undefined);
}

function findPython() {
  const candidates = [process.env.PYTHON, "python3", "python"].filter(Boolean);
  return candidates.find((program) =>
    /pip \d/.test(tryCommand([program, "-m", "pip", "--version"])),
  );
}

function findCompiler() {
  const candidates = [process.env.CXX, "g++", "clang++", "c++"].filter(Boolean);
  for (const candidate of candidates) {
    const command = candidate.split(" ");
    const version = tryCommand([...command, "--version"])?.split("\n")[0];
    if (version !== undefined) return { command, version };
  }
  return undefined;
}
