/**
 * The place of a process that mpirun has started, from Open MPI's variables (OMPI_COMM_WORLD_*) or those
 * of MPICH's and Intel's Hydra (PMI_*, MPI_LOCAL*). Pure.
 */
import { type Environment } from "../variables.js";
import { KoloError } from "../errors.js";
import {
  engineVariables,
  type EnginePlacement,
  expectAtMost,
  expectBelow,
} from "./engine-placement.js";

/** Undefined where no mpirun has started this process. Throws `config_invalid` on contradictions. */
export function mpiPlacement(environment: Environment): EnginePlacement | undefined {
  const open = openMpiPlacement(environment);
  const hydra = hydraPlacement(environment);
  if (open !== undefined && hydra !== undefined && differ(open, hydra)) {
    throw new KoloError(
      "config_invalid",
      `expected OMPI_COMM_WORLD_RANK and PMI_RANK to agree, got ${placeText(open)} and ` +
        `${placeText(hydra)}; was one mpirun started inside another?`,
    );
  }
  return open ?? hydra;
}

/** Whether these are different places. */
export function differ(
  one: Pick<EnginePlacement, "rank" | "size">,
  other: Pick<EnginePlacement, "rank" | "size">,
): boolean {
  return one.rank !== other.rank || one.size !== other.size;
}

/** "rank 3 of 4" */
export function placeText({ rank, size }: Pick<EnginePlacement, "rank" | "size">): string {
  return `rank ${rank} of ${size}`;
}

function openMpiPlacement(environment: Environment): EnginePlacement | undefined {
  const { text, required, integer } = engineVariables(environment, "Open MPI");
  const rank = integer("OMPI_COMM_WORLD_RANK");
  if (rank === undefined) return undefined;
  const place = {
    rank,
    size: required("OMPI_COMM_WORLD_SIZE"),
    localRank: required("OMPI_COMM_WORLD_LOCAL_RANK"),
    localSize: required("OMPI_COMM_WORLD_LOCAL_SIZE"),
  };
  const name = (part: string): string => `OMPI_COMM_WORLD_${part}`;
  expectPlace(place, [name("RANK"), name("SIZE"), name("LOCAL_RANK"), name("LOCAL_SIZE")]);
  // The namespace may come again one day; what is drawn for each job's network does not.
  const parts = [
    text("PMIX_NAMESPACE", "OMPI_MCA_ess_base_jobid"),
    text("OMPI_MCA_orte_precondition_transports"),
  ];
  const jobId = parts.filter((part) => part !== undefined).join(".");
  return { engine: "openmpi", jobId: jobId === "" ? undefined : jobId, ...place };
}

function hydraPlacement(environment: Environment): EnginePlacement | undefined {
  const { text, required, integer } = engineVariables(environment, "mpirun");
  const rank = integer("PMI_RANK");
  // srun sets it too, with --mpi=pmi2, and says the rest in variables of its own.
  const isSlurms = text("MPI_LOCALRANKID") === undefined && text("SLURM_PROCID") !== undefined;
  if (rank === undefined || isSlurms) return undefined;
  const place = {
    rank,
    size: required("PMI_SIZE"),
    localRank: required("MPI_LOCALRANKID"),
    localSize: required("MPI_LOCALNRANKS"),
  };
  expectPlace(place, ["PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS"]);
  return { engine: "pmi", jobId: text("PMI_JOBID"), ...place };
}

type Place = Pick<EnginePlacement, "rank" | "size" | "localRank" | "localSize">;

function expectPlace(place: Place, names: readonly [string, string, string, string]): void {
  const [rank, size, localRank, localSize] = names;
  expectBelow([rank, place.rank], [size, place.size]);
  expectBelow([localRank, place.localRank], [localSize, place.localSize]);
  expectAtMost([localSize, place.localSize], [size, place.size]);
  // Those before this one on its host have lower ranks.
  expectAtMost([localRank, place.localRank], [rank, place.rank]);
}
