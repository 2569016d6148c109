import { expect, it } from "@jest/globals";
import { srunEnvironment } from "./srun-environment.js";

it("keeps what a user makes srun do with output away from agents", () => {
  const kept = { SLURM_JOB_ID: "42", PATH: "/bin", SLURM_CONF: "/etc/slurm.conf" };
  expect(srunEnvironment({ ...kept, SLURM_LABELIO: "1", SLURM_STDOUTMODE: "x" })).toEqual(kept);
});
