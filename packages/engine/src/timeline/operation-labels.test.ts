import { type Operation } from "@kolo/collectives";
import { hashHex, worldOn } from "@kolo/core";
import { expect, it } from "@jest/globals";
import { planRing } from "../planning.js";
import { none } from "./track.js";
import { OperationLabels } from "./operation-labels.js";

const operation: Operation = {
  ...{ kind: "allReduce", name: "gradients/0", dtype: "float32", shape: [2 ** 20], op: "sum" },
  ...{ prescale: 1, postscale: 1 },
};

it.each([undefined, 4096])("names the plan that runs, in segments of %s bytes", (segmentBytes) => {
  const hosts = [0, 0];
  const world = worldOn(hosts, 0);
  const labels = new OperationLabels({ world, hosts }, () => false);
  labels.announce(7, operation, segmentBytes);
  expect(labels.of(7)).toEqual({
    title: "allReduce gradients/0",
    name: "gradients/0",
    bytes: 2 ** 22,
    plan: hashHex(planRing(operation, world, segmentBytes).hash),
  });
  expect(labels.of(8)).toBeUndefined();
});

it("catches up where a record is faster than what announces its operation", () => {
  const labels = new OperationLabels(
    undefined,
    () => false,
    () => {
      labels.announce(3, operation);
    },
  );
  expect(labels.of(none)).toBeUndefined();
  expect(labels.of(2)).toBeUndefined();
  expect(labels.of(3)?.name).toBe("gradients/0");
});

it("forgets what was released when nobody needs it any more", () => {
  const labels = new OperationLabels(undefined, () => false);
  labels.announce(1, operation);
  labels.announce(2, operation);
  labels.release(1, false);
  labels.release(2, true);
  expect(labels.of(1)).toBeUndefined();
  expect(labels.of(2)).toBeDefined();
  labels.forgetReleased();
  expect(labels.of(2)).toBeUndefined();
});
