import { describe, expect, it } from "@jest/globals";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { batchHosts, countHosts, readSlots } from "./batch-hosts.js";
import { temporaryFolder } from "../testing/temporary-folder.js";

const { folder } = temporaryFolder();

describe("the hosts of a batch job", () => {
  const expected = [
    { name: "node1", slots: 2 },
    { name: "node2", slots: 1 },
  ];

  it("stand once for each slot in the files of PBS and LSF", () => {
    expect(countHosts("node1\nnode2\n\nnode1\n")).toEqual(expected);
  });

  it("stand with their slots in the file of Grid Engine", () => {
    expect(readSlots("node1 2 all.q@node1 UNDEFINED\nnode2 1 all.q UNDEFINED\n")).toEqual(expected);
    expect(() => readSlots("node1 two")).toThrow('as in "node1 4" in PE_HOSTFILE, got "node1 two"');
  });

  it("are read from the file that a variable names", () => {
    const file = join(folder, "nodes");
    writeFileSync(file, "node1\nnode1\nnode2\n");
    const source = `PBS_NODEFILE (${file})`;
    expect(batchHosts({ PBS_NODEFILE: file })).toEqual({ source, hosts: expected });
    expect(batchHosts({ PBS_NODEFILE: "" })).toBeUndefined();
    writeFileSync(file, "");
    expect(() => batchHosts({ PBS_NODEFILE: file })).toThrow("to name hosts, got none");
    expect(() => batchHosts({ PE_HOSTFILE: join(folder, "x") })).toThrow("cannot read PE_HOSTFILE");
  });
});
