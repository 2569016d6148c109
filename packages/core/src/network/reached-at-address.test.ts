import { describe, expect, it } from "@jest/globals";
import { mpirunAddresses } from "./mpirun-addresses.js";
import { reachedAtAddress } from "./reached-at-address.js";

describe("where an agent's host is reached", () => {
  it("is what sshd says", async () => {
    const SSH_CONNECTION = "10.0.0.1 4000 10.0.0.2 22";
    expect(await reachedAtAddress({ SSH_CONNECTION })).toBe("10.0.0.2");
    expect(await reachedAtAddress({})).toBeUndefined();
  });

  it("is what the routes to srun's host say, whatever login the variables came from", async () => {
    const environment = {
      SLURM_LAUNCH_NODE_IPADDR: "127.0.0.1",
      SSH_CONNECTION: "10.0.0.1 4000 10.0.0.2 22",
    };
    expect(await reachedAtAddress(environment)).toBe("127.0.0.1");
  });

  it("is what the networks say that mpirun's host is in too", async () => {
    const OMPI_MCA_orte_hnp_uri = "7.0;tcp://203.0.113.1,127.0.0.1:4000";
    expect(await reachedAtAddress({ OMPI_MCA_orte_hnp_uri })).toBe("127.0.0.1");
  });
});

it("reads all addresses that mpirun tells, of both families", () => {
  const uri = "7.0;tcp://10.0.0.1,10.1.0.1:4000;tcp6://[fd00::1,fd00::2]:4001";
  const expected = ["10.0.0.1", "10.1.0.1", "fd00::1", "fd00::2"];
  expect(mpirunAddresses({ OMPI_MCA_orte_hnp_uri: uri })).toEqual(expected);
  for (const nothing of ["", "7.0", "nonsense;tcp://:1", "7.0;unix:/x"]) {
    expect(mpirunAddresses({ OMPI_MCA_orte_hnp_uri: nothing })).toEqual([]);
  }
  expect(mpirunAddresses({})).toEqual([]);
});
