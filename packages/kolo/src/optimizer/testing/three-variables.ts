/** A world of two whose gradients are known, and a model of three variables. */
import * as tf from "@tensorflow/tfjs";
import {
  type FakeEngine,
  type FakeEngineOptions,
  type Reply,
} from "../../tensors/testing/fake-engine.js";
import { startFake } from "../../tensors/testing/with-fake-engine.js";

/** The others' gradients are three times this rank's; the tail of the first bucket is as it was. */
const doubled: Reply = ({ name }, input) => {
  const gradients = name.endsWith("/0") ? input.length - 2 : input.length;
  return input.map((value, i) => (i < gradients ? value * 2 : value));
};
export const world = (options: FakeEngineOptions = {}): FakeEngine =>
  startFake({ size: 2, reply: doubled, ...options });

/** Three variables of 4, 6 and 1 elements, all ones. */
export const variables = (): [tf.Variable, tf.Variable, tf.Variable] => [
  tf.variable(tf.ones([4]), true, "a"),
  tf.variable(tf.ones([2, 3]), true, "b"),
  tf.variable(tf.scalar(1), true, "c"),
];
export const named = (name: string, tensor: tf.Tensor | undefined) =>
  ({ name, tensor }) as { name: string; tensor: tf.Tensor };
export const valuesOf = (list: readonly tf.Tensor[]): number[][] =>
  list.map((x) => [...x.dataSync()]);
