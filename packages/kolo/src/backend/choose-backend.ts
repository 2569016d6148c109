/**
 * Which tfjs backend computes. tfjs itself would take the one of highest priority that is registered,
 * which in Node is cpu: hundreds of times slower than wasm at convolutions, twenty times at dense layers.
 */
import type * as tfjs from "@tensorflow/tfjs";
import {
  type BackendName,
  backendNames,
  backendPackages,
  backendRemedies,
  KoloError,
} from "@kolo/core";
import { type Attempt } from "./attempt.js";
import { openBackend } from "./open-backend.js";
import { loadedModules, programFolders } from "./program-packages.js";
import { refuseTwoCopies } from "./refuse-two-copies.js";
import { isRegistered, startRegistered } from "./start-registered.js";

export interface ChosenBackend {
  readonly backend: string;
  /** By whom: the program before `init()`, a name in an option, or kolo. */
  readonly by: "program" | "name" | "kolo";
  /** For people, in one line: which it is, and why not each better one. */
  readonly line: string;
}

/** Tries a backend; when it works, it is set. */
export type OpenBackend = (name: BackendName) => Promise<Attempt>;

/**
 * Sets the backend of `tf`, and resolves when it is ready.
 *
 * "auto": what the program has set before (other than cpu and webgl, which tfjs may have set by
 * itself; importing tfjs-node sets "tensorflow"), else the best that the program has and that works.
 * Other names: that one, or an error.
 *
 * Throws `backend_unavailable`, which says why and what to do, and `config_invalid` where two copies
 * of tfjs are loaded.
 */
export async function chooseBackend(
  tf: typeof tfjs,
  requested: string,
  open: OpenBackend = (name) => openBackend(tf, name, programFolders()),
): Promise<ChosenBackend> {
  refuseTwoCopies(loadedModules());
  if (requested !== "auto") return chooseNamed(tf, requested, open);
  const current = tf.getBackend() as string | null | undefined;
  if (current != null && current !== "cpu" && current !== "webgl") {
    return keep(tf, current, open);
  }
  return chooseBest(open);
}

/** One that kolo knows is opened all the same: it may need something to train. */
async function keep(tf: typeof tfjs, current: string, open: OpenBackend): Promise<ChosenBackend> {
  const known = backendNames.find((name) => name === current);
  if (known === undefined) await tf.ready();
  const attempt = known === undefined ? { works: true, detail: "" } : await open(known);
  if (!attempt.works) throw unavailable(current, attempt);
  const line = `${lineOf(current, attempt.detail, [])} (set by the program before kolo.init())`;
  return { backend: current, by: "program", line };
}

async function chooseBest(open: OpenBackend): Promise<ChosenBackend> {
  const passed: [name: string, reason: string][] = [];
  for (const backend of backendNames) {
    const { works, detail, remedy } = await open(backend);
    if (works) return { backend, by: "kolo", line: lineOf(backend, detail, passed) };
    passed.push([backend, remedy === undefined ? detail : `${detail} (${remedy})`]);
  }
  throw unavailable("cpu", { works: false, detail: "not even that" });
}

async function chooseNamed(
  tf: typeof tfjs,
  requested: string,
  open: OpenBackend,
): Promise<ChosenBackend> {
  const known = backendNames.find((name) => name === requested);
  if (known === undefined && !isRegistered(tf, requested)) {
    throw new KoloError(
      "backend_unavailable",
      `expected the backend to be auto, ${backendNames.join(", ")}, or one whose package the program ` +
        `imports before kolo.init(), got "${requested}", which is not registered`,
    );
  }
  const attempt = await (known === undefined ? startRegistered(tf, requested) : open(known));
  if (!attempt.works) throw unavailable(requested, attempt);
  return { backend: requested, by: "name", line: lineOf(requested, attempt.detail, []) };
}

function unavailable(name: string, { detail, cause, remedy: own }: Attempt): KoloError {
  const known = backendNames.find((one) => one === name);
  const [source, remedy] =
    known === undefined
      ? ["", ""]
      : [` (${backendPackages[known]})`, `${own ?? backendRemedies[known]}; `];
  return new KoloError(
    "backend_unavailable",
    `expected the backend ${name}${source} to work, got: ${detail}. ${remedy}` +
      "`tsrun check` tells what there is, and the backend auto takes the best of it",
    { cause },
  );
}

/** "backend wasm: ... (tensorflow-gpu, tensorflow: not installed)" */
export function lineOf(
  name: string,
  detail: string,
  passed: readonly (readonly [name: string, reason: string])[],
): string {
  const reasons = [...new Set(passed.map(([, reason]) => reason))].map((reason) => {
    const names = passed.filter(([, own]) => own === reason).map(([better]) => better);
    return `${names.join(", ")}: ${reason}`;
  });
  const why = reasons.length === 0 ? "" : ` (${reasons.join("; ")})`;
  return `backend ${name}${detail === "" ? "" : `: ${detail}`}${why}`;
}
