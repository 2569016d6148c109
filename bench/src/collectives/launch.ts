/** Runs one contender in processes of its own, to its end, and reads what it measured. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { type Contender, nameOf, type Peer } from "./contender.js";
import { peersFolder } from "./find-peers.js";
import { type MeasuringPlan, type Samples } from "./measuring-plan.js";

export interface LaunchSettings {
  readonly plan: MeasuringPlan;
  /** See FoundPeers. */
  readonly programs: ReadonlyMap<Peer, string>;
}

const tsrun = join(__dirname, "../../../node_modules/.bin/tsrun");
const timeoutMs = 15 * 60_000;

export function launch(contender: Contender, settings: LaunchSettings): Samples[] {
  const [program, ...args] = commandOf(contender, settings);
  const { status, signal, stdout, stderr, error } = spawnSync(program, args, {
    // What it says beside its figures is for failures: backends and peers greet at length.
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    maxBuffer: 2 ** 28,
    timeout: timeoutMs,
    // Peers' native threads as ours: one a rank. Open MPI wants to be told that root is meant.
    env: {
      ...process.env,
      OMP_NUM_THREADS: "1",
      OMPI_ALLOW_RUN_AS_ROOT: "1",
      OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1",
    },
  });
  const lines = (error === undefined ? stdout : "")
    .split("\n")
    .filter((one) => one.startsWith("{"));
  if (error !== undefined || status !== 0 || lines.length === 0) {
    const end = error?.message ?? `ended by ${signal ?? `exit code ${String(status)}`}`;
    const name = `${nameOf(contender)}, np ${contender.np}`;
    throw new Error(`${name} failed: ${end}\n  ${[program, ...args].join(" ")}\n${stderr}`);
  }
  return lines.map((line) => JSON.parse(line) as Samples);
}

function commandOf(
  { impl, transport, np }: Contender,
  { plan, programs }: LaunchSettings,
): [string, ...string[]] {
  const planJson = JSON.stringify(plan);
  const underTsrun = (script: string, choice: string): [string, ...string[]] => [
    ...([tsrun, "-np", String(np), "--quiet", "--backend", "cpu", "--transport", choice] as const),
    ...[join(__dirname, script), planJson],
  ];
  switch (impl) {
    case "kolo":
      return underTsrun("kolo-rank.js", transport);
    case "kolo-arena":
      return underTsrun("arena-rank.js", transport);
    case "memory-limit":
      return underTsrun("memory-rank.js", "auto");
    case "gloo":
      return [programs.get(impl) ?? "", join(peersFolder, "gloo.py"), String(np), planJson];
    case "tensorflow":
      return [
        programs.get(impl) ?? "",
        join(peersFolder, "tensorflow_ring.py"),
        String(np),
        planJson,
      ];
    case "openmpi-shm":
    case "openmpi-tcp":
      return ["mpirun", ...mpiArguments(impl, np), programs.get(impl) ?? "", ...flat(plan)];
  }
}

/** Processes may be more than cores, as ours may; bound to cores where they are not, as is its habit. */
function mpiArguments(impl: "openmpi-shm" | "openmpi-tcp", np: number): string[] {
  const carriers =
    impl === "openmpi-shm"
      ? ["--mca", "btl", "self,vader"]
      : ["--mca", "btl", "self,tcp", "--mca", "btl_tcp_if_include", "lo"];
  return ["-np", String(np), "--oversubscribe", "--mca", "pml", "ob1", ...carriers];
}

/** The plan in words, for a program without a JSON parser. */
function flat({ cases, seconds, minRuns, maxRuns }: MeasuringPlan): string[] {
  return [
    ...[seconds, minRuns, maxRuns].map(String),
    ...cases.map(({ bytes, op, dtype, warmUps }) => `${bytes} ${op} ${dtype} ${warmUps}`),
  ];
}
