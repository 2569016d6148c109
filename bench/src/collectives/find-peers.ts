/** Which of the peers that were asked for are on this machine, and how each is started. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findPython } from "../find-python.js";
import { findTorch, howToGetTorch } from "../training/find-torch.js";
import { type Peer, type peerChoices } from "./contender.js";

export interface FoundPeers {
  /** The Python of each peer that is written in it, the compiled program of the others. */
  readonly programs: ReadonlyMap<Peer, string>;
  /** "PyTorch 1.13.1", for the report. */
  readonly versions: readonly string[];
  /** One sentence for each that is not there. */
  readonly missing: readonly string[];
  /** Deletes what was compiled. */
  readonly dispose: () => void;
}

type Wanted = Exclude<(typeof peerChoices)[number], "none">;

export const peersFolder = join(__dirname, "../../peers");

export function findPeers(wanted: readonly Wanted[]): FoundPeers {
  const programs = new Map<Peer, string>();
  const versions: string[] = [];
  const missing: string[] = [];
  let dispose = (): void => undefined;

  if (wanted.includes("gloo")) {
    const torch = findTorch();
    if (torch === undefined) missing.push(`gloo: PyTorch was not found. ${howToGetTorch}`);
    else {
      programs.set("gloo", torch.python);
      versions.push(`PyTorch ${torch.version}`);
    }
  }
  if (wanted.includes("openmpi")) {
    const mpi = compileOpenMpi();
    if (typeof mpi === "string") missing.push(`openmpi: ${mpi}`);
    else {
      programs.set("openmpi-shm", mpi.program).set("openmpi-tcp", mpi.program);
      versions.push(mpi.version);
      dispose = mpi.dispose;
    }
  }
  if (wanted.includes("tensorflow")) {
    const tensorflow = findPython("import tensorflow; print(tensorflow.__version__)");
    if (tensorflow === undefined) {
      missing.push(
        "tensorflow: no Python on PATH imports it. In a virtual environment: pip install tensorflow-cpu",
      );
    } else {
      programs.set("tensorflow", tensorflow.python);
      versions.push(`TensorFlow ${tensorflow.version}`);
    }
  }
  return { programs, versions, missing, dispose };
}

interface OpenMpi {
  readonly program: string;
  readonly version: string;
  readonly dispose: () => void;
}

/** Or what is missing. */
function compileOpenMpi(): OpenMpi | string {
  const howToGet =
    "On Debian and Ubuntu: apt-get install -y --no-install-recommends openmpi-bin libopenmpi-dev";
  const { status, stdout } = spawnSync("mpirun", ["--version"], { encoding: "utf8" });
  if (status !== 0) return `mpirun was not found. ${howToGet}`;
  const version = stdout.split("\n")[0]?.trim() ?? "";
  if (!version.includes("Open MPI")) return `expected mpirun to be Open MPI's, got ${version}`;

  const folder = mkdtempSync(join(tmpdir(), "kolo-bench-"));
  const dispose = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  const program = join(folder, "all_reduce");
  const args = ["-O2", "-o", program, join(peersFolder, "all_reduce.c")];
  const compiled = spawnSync("mpicc", args, { encoding: "utf8" });
  if (compiled.status === 0)
    return { program, version: version.replace("mpirun (", "").replace(")", ""), dispose };
  dispose();
  return `mpicc did not compile: ${compiled.error?.message ?? compiled.stderr}. ${howToGet}`;
}
