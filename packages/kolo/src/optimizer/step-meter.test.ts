import { describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { keepTestsApart } from "../tensors/testing/with-fake-engine.js";
import { distributedOptimizer } from "./distributed-optimizer.js";
import { variables, world } from "./testing/three-variables.js";

keepTestsApart();

describe("the meter of steps", () => {
  it("meters its steps, each from where the one before ended", () => {
    const { meter } = world();
    const [a] = variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1));
    const metered = (): number => meter.computeMs + meter.packMs + meter.waitMs + meter.unpackMs;
    // The first begins where the optimizer is asked for gradients.
    const startMs = performance.now();
    optimizer.minimize(() => a.sum().asScalar());
    const firstEndMs = meter.stepBeganMs ?? NaN;
    expect(meter.computeMs).toBeGreaterThan(0);
    const roundedMs = 0.001;
    expect(metered()).toBeLessThan(firstEndMs - startMs + roundedMs);
    const firstMs = metered();
    optimizer.applyGradients({ a: tf.ones([4]) });
    expect(meter.steps).toBe(2);
    const secondMs = (meter.stepBeganMs ?? NaN) - firstEndMs;
    expect(metered() - firstMs).toBeLessThan(secondMs + roundedMs);
    for (const part of ["packMs", "waitMs", "unpackMs"] as const) {
      expect(meter[part]).toBeGreaterThan(0);
    }
  });

  it("meters the comparison of parameters as waiting for the others", () => {
    const engine = world();
    variables();
    const longMs = 20;
    engine.compareManifestSync = () => {
      const endMs = performance.now() + longMs;
      while (performance.now() < endMs);
    };
    distributedOptimizer(tf.train.sgd(1)).applyGradients({ a: tf.ones([4]) });
    expect(engine.meter.waitMs).toBeGreaterThanOrEqual(longMs);
  });

  it("meters no time between epochs", () => {
    const { meter } = world();
    variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1));
    for (let step = 0; step < 2; step++) {
      meter.stepBeganMs = undefined;
      optimizer.applyGradients({ a: tf.ones([4]) });
    }
    expect(meter.computeMs).toBe(0);
  });
});
