import { expect, it } from "@jest/globals";
import { srunCommand } from "./srun-command.js";

it("starts one agent on one node, with all that the job has there", () => {
  expect(srunCommand("node2", "exec agent").join(" ")).toBe(
    "srun --nodes=1 --ntasks=1 --ntasks-per-node=1 --overlap --cpu-bind=none --mpi=none " +
      "--job-name=kolo-agent --nodelist=node2 sh -c exec agent",
  );
});
