import { describe, expect, it } from "@jest/globals";
import { compression } from "@kolo/compression";
import * as tf from "@tensorflow/tfjs";
import { koloErrorOf } from "../tensors/testing/expect-code.js";
import { type FakeEngine } from "../tensors/testing/fake-engine.js";
import { keepTestsApart, startFake } from "../tensors/testing/with-fake-engine.js";
import { type NamedTensor } from "./compression-checkpoint.js";
import { distributedOptimizer } from "./distributed-optimizer.js";
import { type DistributedOptimizerOptions } from "./step-options.js";

keepTestsApart();

const halving = compression.deepGradient({ momentum: 0.5 });

/** A process that has made so many models before: variables of zeros, and an optimizer of theirs. */
function program(count: number, options: DistributedOptimizerOptions = {}) {
  const names = ["kernel", "bias", "kernel"].map((name, i) => `d_${count + i}/${name}`);
  const shapes = [[2, 3], [3], [2, 3]];
  const variables = names.map((name, i) => tf.variable(tf.zeros(shapes[i] ?? []), true, name));
  const optimizer = distributedOptimizer(tf.train.sgd(1), { compression: halving, ...options });
  return {
    optimizer,
    names,
    /** Steps with gradients of these values; undefined: a hole. */
    step: (...values: readonly (number | undefined)[]): void => {
      optimizer.applyGradients(
        values.map((value, i) => ({
          name: names[i],
          tensor: value === undefined ? undefined : tf.fill(shapes[i] ?? [], value),
        })) as NamedTensor[],
      );
    },
    weights: () => variables.map((variable) => variable.dataSync()[0]),
  };
}

const valuesOf = (state: readonly NamedTensor[]): Record<string, number | undefined> =>
  Object.fromEntries(state.map(({ name, tensor }) => [name, tensor.dataSync()[0]]));

const saved = (entries: Record<string, tf.Tensor>): NamedTensor[] =>
  Object.entries(entries).map(([name, tensor]) => ({ name, tensor }));

/** Two ranks on two hosts, which have the same gradients. */
function twoHosts(): FakeEngine {
  const engine = startFake({
    size: 2,
    reply: (operation, input) => {
      if (operation.kind !== "allReduce") return input;
      const factor = operation.postscale * (operation.op === "sum" ? 2 : 1);
      return input.map((value) => value * factor);
    },
  });
  engine.compressionSize = 2;
  return engine;
}

describe("the state of compression", () => {
  it("is for every process with these variables, whatever it has numbered before", async () => {
    startFake({ size: 2 });
    const first = program(1);
    first.step(4, 8, 16);
    const state = await first.optimizer.getCompressionState();
    expect(valuesOf(state)).toEqual({
      ...{ "compression/updates": 0, "velocity/d/kernel": 4 },
      ...{ "velocity/d/bias": 8, "velocity/d/kernel#2": 16 },
    });
    // In buckets of other sizes, and with the first variable not in the loss.
    const second = program(5, { bucketBytes: 4 });
    await second.optimizer.setCompressionState(state);
    second.step(undefined, 1, 1);
    expect(second.weights()).toEqual([0, -5, -9].map((value) => value || expect.closeTo(0)));
  });

  it("is in the units of an update, and so for other hosts and other options", async () => {
    twoHosts();
    for (const [op, accumulationSteps, update] of [
      ["average", 4, 1],
      ["sum", 2, 2],
    ] as const) {
      const { optimizer, step } = program(1, { op, accumulationSteps });
      for (let i = 0; i < accumulationSteps; i++) step(1, 1, 1);
      expect(valuesOf(await optimizer.getCompressionState())).toEqual({
        ...{ "compression/updates": 1, "velocity/d/bias": update },
        ...{ "residual/d/kernel": update, "residual/d/kernel#2": update },
        ...{ "velocity/d/kernel": update, "velocity/d/kernel#2": update },
      });
      // Given back in part; the rest begins with zeros.
      await optimizer.setCompressionState(saved({ "residual/d/kernel#2": tf.fill([2, 3], 5) }));
      expect(valuesOf(await optimizer.getCompressionState())).toEqual({
        ...{ "compression/updates": 0, "velocity/d/bias": 0 },
        ...{ "residual/d/kernel": 0, "residual/d/kernel#2": 5 },
        ...{ "velocity/d/kernel": 0, "velocity/d/kernel#2": 0 },
      });
      tf.disposeVariables();
    }
  });

  it("is kept by name where the gradients of other variables come", () => {
    startFake({ size: 2 });
    const { optimizer, names, step, weights } = program(1);
    step(4, 8, 16);
    optimizer.applyGradients({ [names[2] ?? ""]: tf.ones([2, 3]) });
    expect(weights()).toEqual([-4, -8, -16 - 9]);
  });

  it("is compared by all ranks, with its values", async () => {
    const engine = startFake({ size: 2 });
    const { optimizer } = program(1);
    const give = async (value: number) => {
      await optimizer.setCompressionState(saved({ "velocity/d/bias": tf.fill([3], value) }));
      return engine.manifests.at(-1);
    };
    const one = await give(1);
    expect(one).toMatchObject([{ name: "velocity/d/bias", shape: [3] }, { shape: [] }]);
    expect(await give(1)).toEqual(one);
    expect(await give(2)).not.toEqual(one);
  });

  it("is refused where it is of other variables, at once or by the first step", async () => {
    startFake({ size: 2 });
    for (const [state, words] of [
      [{ "velocity/e/bias": tf.ones([3]) }, '"e/bias" [3]'],
      [{ "velocity/d/bias": tf.ones([4]) }, "the shape [3]"],
      [{ "velocity/d/kernel#3": tf.ones([2, 3]) }, "d/kernel#2"],
    ] as const) {
      const early = program(1);
      await early.optimizer.setCompressionState(saved(state));
      for (let i = 0; i < 2; i++) {
        const refused = await koloErrorOf("argument_invalid", () => {
          early.step(1, 1, 1);
        });
        expect(refused).toContain(words);
      }
      expect(early.weights()).toEqual([0, 0, 0]);
      tf.disposeVariables();
      const late = program(1);
      late.step(1, 1, 1);
      const call = () => late.optimizer.setCompressionState(saved(state));
      expect(await koloErrorOf("argument_invalid", call)).toContain(words);
      tf.disposeVariables();
    }
  });

  it("is refused where it is none", async () => {
    startFake({ size: 2 });
    const { optimizer } = program(1);
    for (const state of [
      { "dense/kernel": tf.ones([3]) },
      { "velocity/d/bias": tf.ones([3], "int32") },
    ]) {
      const call = () => optimizer.setCompressionState(saved(state));
      expect(await koloErrorOf("argument_invalid", call)).toContain("getCompressionState()");
    }
  });

  it("is empty where nothing is kept", async () => {
    startFake({ size: 2 });
    const { optimizer, step } = program(1, { compression: compression.none });
    step(1, 1, 1);
    expect(await optimizer.getCompressionState()).toEqual([]);
  });
});
