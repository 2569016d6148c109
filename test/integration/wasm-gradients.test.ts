/**
 * One training step of more than a hundred models on tfjs' wasm backend with the training kernels,
 * against the cpu backend: loss, metrics, and the gradient of every weight.
 *
 * Tolerances. Both compute in float32, whose rounding is 6e-8 of a value; they add in another order,
 * and wasm rounds exp and tanh differently. What is seen is 2e-7 of the norm of the whole gradient,
 * at most 8e-7. A single weight may be off by more of its own norm where that is small beside the
 * whole: a bias in front of a normalization has a true gradient of zero, and both find noise. So
 * weights are measured against their own norm, or a thousandth of the whole where that is more.
 */
import { beforeAll, describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { startBackends } from "../support/backends.js";
import { createProblem, distance, norm, slopes, step } from "../support/gradients.js";
import { models } from "../support/models/index.js";
import type { ModelCase } from "../support/models/model-case.js";
import { refusedModels } from "../support/models/refused-models.js";

const outputTolerance = 1e-5;
const wholeTolerance = 5e-6;
const weightTolerance = 2e-4;
const weightFloor = 1e-3;

beforeAll(startBackends);

const entries = Object.entries(models);
const isMeasured = ({ reference }: ModelCase) => reference === "finite differences";

describe("a training step with the training kernels on wasm", () => {
  it.each(entries.filter(([, model]) => !isMeasured(model)))(
    "has the loss, metrics and gradients of cpu: %s",
    async (_, model) => {
      const problem = await createProblem(model);
      const cpu = await step("cpu", problem);
      const wasm = await step("wasm", problem);
      for (const [i, output] of cpu.outputs.entries()) {
        const off = Math.abs((wasm.outputs[i] ?? NaN) - output);
        expect(off / Math.max(1, Math.abs(output))).toBeLessThan(outputTolerance);
      }
      const { whole, worst } = distance(wasm.gradients, cpu.gradients, weightFloor);
      expect(whole).toBeLessThan(wholeTolerance);
      expect(worst).toBeLessThan(weightTolerance);
    },
  );

  // Differences of a loss in float32: 1e-7 of it, over a step of 1e-3, beside kinks that a step meets.
  it.each(entries.filter(([, model]) => isMeasured(model)))(
    "has the gradients that differences of the loss show, where cpu is wrong: %s",
    async (_, model) => {
      const problem = await createProblem(model);
      const { gradients } = await step("wasm", problem);
      const whole = Math.hypot(...gradients.map(({ values }) => norm(values)));
      for (const { expected, measured } of await slopes("wasm", problem, gradients, 1e-3)) {
        expect(Math.abs(measured - expected) / whole).toBeLessThan(2e-3);
      }
    },
  );

  it.each(Object.entries(refusedModels))(
    "is refused as on cpu, where tfjs trains on neither: %s",
    async (_, model) => {
      const messages = [];
      for (const backend of ["cpu", "wasm"]) {
        const training = createProblem(model).then((problem) => step(backend, problem));
        messages.push(
          await training.then(
            () => "no error",
            (error: unknown) => (error as Error).message,
          ),
        );
      }
      expect(messages[1]).not.toBe("no error");
      expect(messages[1]).toBe(messages[0]);
    },
  );

  it("is tested for every layer that tfjs has", () => {
    const used = new Set<string>();
    const counting = new Proxy(tf.layers, {
      get: (layers, name: keyof typeof tf.layers) => {
        used.add(name);
        return layers[name];
      },
    });
    for (const { build } of [...Object.values(models), ...Object.values(refusedModels)]) {
      build(counting);
    }
    const unused = Object.keys(tf.layers).filter((name) => !used.has(name));
    expect(unused.sort()).toEqual([
      "Layer", // These three are base classes;
      "RNN",
      "RNNCell",
      ...["avgPool1d", "avgPool2d", "avgPool3d"], // these are other names;
      ...["avgPooling1d", "avgPooling2d", "avgPooling3d"],
      "convLstm2dCell", // this is in convLstm2d alone;
      ...["globalMaxPool1d", "globalMaxPool2d", "maxPool1d", "maxPool2d"],
      ...["randomWidth", "resizing"], // and no model can be run with these two.
    ]);
  });
});
