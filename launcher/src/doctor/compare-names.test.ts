import { expect, it } from "@jest/globals";
import { compareNames } from "./compare-names.js";

const here = { b: ["10.0.0.2", "fd00::2"], c: ["10.0.0.3"], d: [] };
const differences = (addresses: Record<string, readonly string[]>) =>
  compareNames(here, [{ host: "me@c", ownName: "c", addresses }]);

it("names a host that another host knows by none of the addresses it has here", () => {
  expect(differences({ b: ["10.9.0.2"], c: ["10.0.0.3"], d: [] })).toEqual([
    { host: "me@c", name: "b", there: ["10.9.0.2"], here: ["10.0.0.2", "fd00::2"] },
  ]);
});

it.each([
  ["it knows one of them", { b: ["fd00::2", "192.0.2.1"] }],
  ["it does not know the name", { b: [] }],
  ["this machine does not", { d: ["10.0.0.4"] }],
  ["it is its own name, which may be on its loopback", { c: ["127.0.1.1"] }],
])("says nothing where %s", (_what, addresses) => {
  expect(differences(addresses)).toEqual([]);
});
