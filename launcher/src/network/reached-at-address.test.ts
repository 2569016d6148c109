import { describe, expect, it } from "@jest/globals";
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
});
