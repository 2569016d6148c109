import { expect, it } from "@jest/globals";
import { mpirunCommand } from "./mpirun-command.js";

it("starts one agent on one host, whose bytes pass as they are", () => {
  const agent =
    "-np 1 --map-by ppr:1:node --bind-to none --mca orte_tag_output 0 " +
    "--mca orte_timestamp_output 0 --mca orte_xml_output 0 --host node2 sh -c exec agent";
  const command = (isRoot: boolean) => mpirunCommand("node2", "exec agent", { isRoot }).join(" ");
  expect(command(false)).toBe(`mpirun ${agent}`);
  expect(command(true)).toBe(`mpirun --allow-run-as-root ${agent}`);
});
