import { expect, it } from "@jest/globals";
import { machineIdentity } from "../agent/machine-identity.js";
import { expectMachines } from "./expect-machines.js";

it("refuses one machine under two names, and takes what says nothing of itself as it is", () => {
  const own = machineIdentity();
  expect(own).toMatch(/^[0-9a-f-]{36} pid:\[\d+\] ./);
  expect(() => {
    expectMachines([
      { host: "node1", machine: own },
      { host: "node2", machine: "another" },
      { host: "node3", machine: undefined },
      { host: "node4", machine: undefined },
    ]);
  }).not.toThrow();
  expect(() => {
    expectMachines([
      { host: "node1", machine: own },
      { host: "node2", machine: "another" },
      { host: "10.0.0.5", machine: machineIdentity() },
    ]);
  }).toThrow(
    "[config_invalid] expected each host once, got node1 and 10.0.0.5, which are the same machine; " +
      "give it all its slots under one name",
  );
});
