import { describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { keepTestsApart } from "../tensors/testing/with-fake-engine.js";
import { distributedOptimizer } from "./distributed-optimizer.js";
import { type Gradients } from "./gradient-list.js";
import { named, valuesOf, variables, world } from "./testing/three-variables.js";

keepTestsApart();

describe("the plan of the exchange of gradients", () => {
  it("leaves holes where they are, for optimizers keep state by position", () => {
    for (const asMap of [false, true]) {
      const engine = world();
      const [a, b, c] = variables();
      const seen: string[] = [];
      const inner: tf.Optimizer = tf.train.adam(0.1);
      const apply = inner.applyGradients.bind(inner);
      inner.applyGradients = (gradients) => {
        seen.push(
          ...(Array.isArray(gradients)
            ? gradients.map(({ name }) => name)
            : Object.keys(gradients)),
        );
        apply(gradients);
      };
      const optimizer = distributedOptimizer(inner);
      const loss = (): tf.Scalar => a.sum().add(c).asScalar();
      if (asMap) {
        optimizer.applyGradients({
          a: tf.ones([4]),
          b: undefined,
          c: tf.scalar(1),
        } as unknown as Gradients);
      } else {
        optimizer.minimize(loss, false, [a, b, c]);
      }
      expect(seen).toEqual(["a", "b", "c"]);
      expect(engine.manifests[0]?.map(({ name }) => name)).toEqual(["a", "c"]);
      expect(engine.started).toMatchObject([{ shape: [7] }]);
      expect(valuesOf([b])).toEqual([[1, 1, 1, 1, 1, 1]]);
      expect(a.dataSync()[0]).toBeCloseTo(0.9, 5);
      tf.disposeVariables();
    }
  });

  it("takes a step where nothing has a gradient, so that the vote still travels", () => {
    const engine = world();
    distributedOptimizer(tf.train.sgd(1)).applyGradients([named("a", undefined)]);
    expect(engine.started).toMatchObject([{ shape: [2] }]);
  });

  it("plans once, and again when what has a gradient changes", () => {
    const engine = world();
    variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1));
    const all = { a: tf.ones([4]), b: tf.ones([2, 3]) };
    optimizer.applyGradients(all);
    optimizer.applyGradients(all);
    expect(engine.manifests).toHaveLength(1);
    optimizer.applyGradients({ a: all.a });
    optimizer.applyGradients([named("a", all.a)]);
    optimizer.applyGradients([named("a", all.a), named("b", undefined)]);
    expect(engine.manifests).toHaveLength(4);
    expect(engine.prepared).toBe(1);
    optimizer.dispose();
    expect(engine.prepared).toBe(0);
  });

  it("plans anew in a new session, and leaves the old one alone", () => {
    const first = world();
    const [a] = variables();
    const optimizer = distributedOptimizer(tf.train.sgd(1));
    optimizer.applyGradients({ a: tf.ones([4]) });
    const second = world();
    optimizer.applyGradients({ a: tf.ones([4]) });
    expect(first.started).toHaveLength(1);
    expect(second.started).toHaveLength(1);
    expect(second.manifests).toHaveLength(1);
    expect(first.prepared).toBe(1);
    expect(valuesOf([a])).toEqual([[-3, -3, -3, -3]]);
  });
});
