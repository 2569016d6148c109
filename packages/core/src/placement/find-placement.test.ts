import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { type Environment } from "../variables.js";
import { findPlacement } from "./find-placement.js";
import { mpiPlacement } from "./mpi-placement.js";
import { slurmPlacement } from "./slurm-placement.js";

/** Task 5 of `srun -n 7` on four hosts, in an allocation of six. */
const slurm = {
  SLURM_JOB_ID: "42",
  SLURM_STEP_ID: "1",
  SLURM_NTASKS: "7",
  SLURM_PROCID: "5",
  SLURM_LOCALID: "1",
  SLURM_NODEID: "2",
  SLURM_NNODES: "4",
  SLURM_STEP_NUM_NODES: "4",
  SLURM_STEP_NODELIST: "node[01-03,7]",
  SLURM_JOB_NODELIST: "node[01-03,7-9]",
  SLURM_STEP_TASKS_PER_NODE: "2(x3),1",
  SLURM_TASKS_PER_NODE: "2(x6)",
};

const open = {
  OMPI_COMM_WORLD_RANK: "3",
  OMPI_COMM_WORLD_SIZE: "4",
  OMPI_COMM_WORLD_LOCAL_RANK: "1",
  OMPI_COMM_WORLD_LOCAL_SIZE: "2",
  OMPI_COMM_WORLD_NODE_RANK: "1",
  PMIX_NAMESPACE: "1649410049",
  PMIX_RANK: "3",
};

const hydra = { PMI_RANK: "3", PMI_SIZE: "4", MPI_LOCALRANKID: "1", MPI_LOCALNRANKS: "2" };

/** How one process under mpirun inside a Slurm job sees the daemon's variables. */
const daemon = {
  ...slurm,
  SLURM_NTASKS: "4",
  SLURM_PROCID: "2",
  SLURM_LOCALID: "0",
  SLURM_STEP_TASKS_PER_NODE: "1(x4)",
};

describe("a task that srun has started", () => {
  it("knows its place", () => {
    expect(slurmPlacement(slurm)).toEqual({
      engine: "slurm",
      jobId: "42.1",
      rank: 5,
      size: 7,
      localRank: 1,
      localSize: 2,
    });
  });

  it("makes do with the oldest names and the fewest", () => {
    const few = {
      ...{ SLURM_JOBID: "42", SLURM_STEPID: "0", SLURM_NPROCS: "2" },
      ...{ SLURM_PROCID: "1", SLURM_LOCALID: "1", SLURM_NODEID: "0" },
    };
    expect(slurmPlacement(few)).toMatchObject({ rank: 1, size: 2, jobId: "42.0" });
  });

  it.each([
    ["outside Slurm", {}],
    ["in a batch script", { ...slurm, SLURM_STEP_ID: undefined }],
    ["in salloc's shell", { ...slurm, SLURM_STEP_ID: "4294967290" }],
  ])("is no such task %s", (_where, environment) => {
    expect(slurmPlacement(environment)).toBeUndefined();
  });

  it.each([
    [{ SLURM_PROCID: "7" }, "expected SLURM_PROCID < SLURM_NTASKS, got 7 and 7"],
    [{ SLURM_PROCID: "" }, "expected Slurm to set SLURM_PROCID; it is missing"],
    [{ SLURM_LOCALID: "x" }, 'expected SLURM_LOCALID to be an integer, got "x"'],
    [{ SLURM_LOCALID: "2" }, "expected SLURM_LOCALID < the tasks of host 2, got 2 and 2"],
    [{ SLURM_NODEID: "4" }, "expected SLURM_NODEID < the number of hosts, got 4 and 4"],
    [
      { SLURM_NTASKS: "8" },
      "expected SLURM_STEP_TASKS_PER_NODE to say 8 tasks in all, as SLURM_NTASKS does, got 7",
    ],
    [{ SLURM_STEP_NUM_NODES: "3" }, "to say 3 hosts, as SLURM_NNODES does, got 4"],
    [{ SLURM_STEP_NODELIST: "node[1-3]" }, "expected the list of hosts node[1-3] to say 4 hosts"],
    [{ SLURM_STEP_NODELIST: "node[1-" }, "expected a list of hosts such as"],
    [{ SLURM_STEP_TASKS_PER_NODE: "2x" }, "expected SLURM_STEP_TASKS_PER_NODE to be as in 2(x3),1"],
  ])("with %j is refused", (changes, message) => {
    expect(() => slurmPlacement({ ...slurm, ...changes })).toThrow(message);
  });

  it("gets a rank of its own, beside those of its host, however srun deals tasks out", () => {
    const counts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(counts, fc.boolean(), (tasks, isCyclic) => {
        const places = tasks.flatMap((count, nodeId) =>
          Array.from({ length: count }, (_, localId) => ({ nodeId, localId })),
        );
        if (isCyclic) places.sort((a, b) => a.localId - b.localId || a.nodeId - b.nodeId);
        const found = places.map(({ nodeId, localId }, procId) => ({
          nodeId,
          procId,
          placement: slurmPlacement({
            ...{ SLURM_JOB_ID: "1", SLURM_STEP_ID: "0", SLURM_NTASKS: String(places.length) },
            ...{ SLURM_PROCID: String(procId), SLURM_LOCALID: String(localId) },
            ...{ SLURM_NODEID: String(nodeId), SLURM_TASKS_PER_NODE: tasks.join(",") },
          }),
        }));
        const ranks = found.map(({ placement }) => placement?.rank ?? -1);
        expect([...ranks].sort((a, b) => a - b)).toEqual(ranks.map((_, rank) => rank));
        let firstRank = 0;
        for (const [nodeId, localSize] of tasks.entries()) {
          const here = found.filter((one) => one.nodeId === nodeId);
          const locals = here.map(({ placement }) => [placement?.rank, placement?.localRank]);
          expect(locals).toEqual(here.map((_, index) => [firstRank + index, index]));
          for (const { placement } of here) expect(placement?.localSize).toBe(localSize);
          firstRank += localSize;
        }
        for (const { procId, placement } of found) {
          if (!isCyclic) expect(placement?.rank).toBe(procId);
        }
      }),
    );
  });
});

describe("a process that mpirun has started", () => {
  it.each([
    ["Open MPI", open, { engine: "openmpi", jobId: "1649410049" }],
    ["Hydra", { ...hydra, PMI_JOBID: "j" }, { engine: "pmi", jobId: "j" }],
    ["both", { ...open, ...hydra }, { engine: "openmpi" }],
  ] as const)("knows its place from %s", (_name, environment, engine) => {
    expect(mpiPlacement(environment)).toMatchObject({
      ...engine,
      ...{ rank: 3, size: 4, localRank: 1, localSize: 2 },
    });
  });

  it("has a name for the job that does not come again", () => {
    const drawn = { ...open, OMPI_MCA_orte_precondition_transports: "7e6b-17d8" };
    expect(mpiPlacement(drawn)?.jobId).toBe("1649410049.7e6b-17d8");
    expect(slurmPlacement({ ...slurm, SLURM_SRUN_COMM_PORT: "4001" })?.jobId).toBe("42.1.4001");
  });

  it.each([
    [
      { ...open, OMPI_COMM_WORLD_RANK: "4" },
      "expected OMPI_COMM_WORLD_RANK < OMPI_COMM_WORLD_SIZE, got 4 and 4",
    ],
    [
      { ...open, OMPI_COMM_WORLD_LOCAL_RANK: "2" },
      "expected OMPI_COMM_WORLD_LOCAL_RANK < OMPI_COMM_WORLD_LOCAL_SIZE",
    ],
    [
      { ...open, OMPI_COMM_WORLD_LOCAL_SIZE: "5" },
      "expected OMPI_COMM_WORLD_LOCAL_SIZE <= OMPI_COMM_WORLD_SIZE, got 5 and 4",
    ],
    [
      { ...open, OMPI_COMM_WORLD_RANK: "0" },
      "expected OMPI_COMM_WORLD_LOCAL_RANK <= OMPI_COMM_WORLD_RANK, got 1 and 0",
    ],
    [
      { ...open, OMPI_COMM_WORLD_SIZE: undefined },
      "expected Open MPI to set OMPI_COMM_WORLD_SIZE; it is missing",
    ],
    [
      { ...hydra, MPI_LOCALRANKID: undefined },
      "expected mpirun to set MPI_LOCALRANKID; it is missing",
    ],
    [{ ...hydra, PMI_SIZE: "-1" }, 'expected PMI_SIZE to be an integer, got "-1"'],
    [
      { ...open, ...hydra, PMI_RANK: "2" },
      "expected OMPI_COMM_WORLD_RANK and PMI_RANK to agree, got rank 3 of 4 and rank 2 of 4",
    ],
  ])("with %j is refused", (environment, message) => {
    expect(() => mpiPlacement(environment)).toThrow(message);
  });
});

describe("the engine that started a process", () => {
  const engineOf = (environment: Environment): string | undefined =>
    findPlacement(environment)?.engine;

  it("is the innermost", () => {
    expect(engineOf({})).toBeUndefined();
    expect(engineOf(slurm)).toBe("slurm");
    expect(engineOf(open)).toBe("openmpi");
    expect(engineOf({ ...daemon, ...open })).toBe("openmpi");
    expect(engineOf({ ...daemon, ...hydra })).toBe("pmi");
    // srun --mpi=pmi2 says the same twice.
    expect(engineOf({ ...slurm, PMI_RANK: "5", PMI_SIZE: "7" })).toBe("slurm");
  });

  it("leaves one process alone, as of srun --pty bash", () => {
    const one = { SLURM_NTASKS: "1", SLURM_PROCID: "0", SLURM_LOCALID: "0", SLURM_NODEID: "0" };
    expect(engineOf({ SLURM_JOB_ID: "1", SLURM_STEP_ID: "0", ...one })).toBeUndefined();
  });
});
