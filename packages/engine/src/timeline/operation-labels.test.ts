import { type Operation } from "@kolo/collectives";
import { hashHex, worldOn } from "@kolo/core";
import { expect, it } from "@jest/globals";
import { planRing } from "../planning.js";
import { OperationLabels } from "./operation-labels.js";

const operation: Operation = {
  ...{ kind: "allReduce", name: "gradients/0", dtype: "float32", shape: [2 ** 20], op: "sum" },
  ...{ prescale: 1, postscale: 1 },
};

it.each([undefined, 4096])("names the plan that runs, in segments of %s bytes", (segmentBytes) => {
  const hosts = [0, 0];
  const world = worldOn(hosts, 0);
  const labels = new OperationLabels({ world, hosts }, () => false);
  labels.begin();
  labels.announce(7, operation, segmentBytes);
  const label = {
    title: "allReduce gradients/0",
    name: "gradients/0",
    bytes: 2 ** 22,
    plan: hashHex(planRing(operation, world, segmentBytes).hash),
  };
  expect(labels.take()).toEqual([{ id: 7, label }]);
});

it("tells once of all that a timeline may meet, released meanwhile or not", () => {
  const labels = new OperationLabels(undefined, () => false);
  const taken = (): number[] => labels.take().map(({ id }) => id);
  labels.announce(1, operation);
  labels.announce(2, operation);
  labels.release(1);
  expect(taken()).toEqual([]);
  labels.begin();
  labels.announce(3, operation);
  labels.release(3);
  expect(taken()).toEqual([2, 3]);
  expect(taken()).toEqual([]);
  labels.end();
  labels.announce(4, operation);
  expect(taken()).toEqual([]);
  labels.begin();
  expect(taken()).toEqual([2, 4]);
});
