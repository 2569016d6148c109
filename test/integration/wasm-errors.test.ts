import { beforeAll, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { startBackends } from "../support/backends.js";

beforeAll(startBackends);

const ones = (...shape: number[]): never => tf.ones(shape) as never;
const whole = (...shape: number[]): never => tf.zeros(shape, "int32") as never;

/** Calls of each operation with shapes or numbers that do not fit. */
const wrong: Readonly<Record<string, () => unknown>> = {
  "matMul, inner sizes": () => tf.matMul(ones(2, 3), ones(4, 5)),
  "matMul, inner sizes, transposed": () => tf.matMul(ones(2, 3), ones(3, 4), true),
  "matMul, batches": () => tf.matMul(ones(2, 2, 3), ones(3, 3, 4)),
  "fused matMul, inner sizes": () => tf.fused.matMul({ a: ones(2, 3), b: ones(4, 5) }),
  "fused matMul, bias": () =>
    tf.fused.matMul({ a: ones(2, 3), b: ones(3, 5), bias: ones(4), activation: "relu" }),
  "conv2d, channels": () => tf.conv2d(ones(1, 5, 5, 3), ones(2, 2, 4, 1), 1, "same"),
  "conv2d, dimensions": () => tf.conv2d(ones(5, 5), ones(2, 2, 4, 1), 1, "same"),
  "conv2d, strides and dilations": () =>
    tf.conv2d(ones(1, 5, 5, 3), ones(2, 2, 3, 1), 2, "same", "NHWC", 2),
  "conv2d, padding": () => tf.conv2d(ones(1, 5, 5, 3), ones(2, 2, 3, 1), 1, "full" as never),
  "conv2d, half a pixel": () =>
    tf.conv2d(ones(1, 5, 5, 3), ones(2, 2, 3, 1), 1, 1.5, "NHWC", 1, "floor"),
  "conv2d, no stride": () => tf.conv2d(ones(1, 5, 5, 3), ones(2, 2, 3, 1), 0, "same"),
  "conv2d, a filter wider than the image": () =>
    tf.conv2d(ones(1, 5, 2, 3), ones(1, 4, 3, 1), 1, "valid"),
  "fused conv2d, bias": () =>
    tf.fused.conv2d({
      x: ones(1, 5, 5, 3),
      filter: ones(2, 2, 3, 4),
      strides: 1,
      pad: "same",
      bias: ones(3),
    }),
  "conv2dTranspose, channels": () =>
    tf.conv2dTranspose(ones(1, 3, 3, 4), ones(2, 2, 1, 3), [1, 6, 6, 1], 2, "same"),
  "depthwiseConv2d, channels": () =>
    tf.depthwiseConv2d(ones(1, 5, 5, 3), ones(2, 2, 4, 1), 1, "same"),
  "depthwiseConv2d, strides and dilations": () =>
    tf.depthwiseConv2d(ones(1, 5, 5, 3), ones(2, 2, 3, 1), 2, "same", "NHWC", 2),
  "conv3d, channels": () => tf.conv3d(ones(1, 5, 5, 5, 3), ones(2, 2, 2, 4, 1), 1, "same"),
  "maxPool, dimensions": () => tf.maxPool(ones(5, 5), 2, 2, "same"),
  "maxPool3d, dimensions": () => tf.maxPool3d(ones(5, 5, 5), 2, 2, "same"),
  "maxPool3d, padding": () => tf.maxPool3d(ones(1, 5, 5, 5, 1), 2, 2, "full" as never),
  "maxPool3d, half a pixel": () => tf.maxPool3d(ones(1, 5, 5, 5, 1), 2, 2, 1.5, "floor"),
  "einsum, no arrow": () => tf.einsum("ij,jk", ones(2, 3), ones(3, 2)),
  "einsum, two arrows": () => tf.einsum("ij->jk->i", ones(2, 3)),
  "einsum, dots": () => tf.einsum("...i->i", ones(2, 3)),
  "einsum, a missing operand": () => tf.einsum("ij,jk->ik", ones(2, 3)),
  "einsum, three operands": () => tf.einsum("i,i,i->i", ones(2), ones(2), ones(2)),
  "einsum, a dimension from nowhere": () => tf.einsum("ij->ik", ones(2, 3)),
  "einsum, a dimension twice": () => tf.einsum("ii->i", ones(2, 2)),
  "einsum, sizes": () => tf.einsum("ij,jk->ik", ones(2, 3), ones(4, 2)),
  "unsortedSegmentSum, rows": () => tf.unsortedSegmentSum(ones(4, 5), whole(3), 3),
  "unsortedSegmentSum, dimensions": () => tf.unsortedSegmentSum(ones(3), whole(3, 2), 3),
  "unsortedSegmentSum, type": () => tf.unsortedSegmentSum(ones(3), ones(3), 3),
  "gather, index": () => tf.gather(ones(3), tf.tensor1d([0, 3], "int32")),
  "gather, negative index": () => tf.gather(ones(3), tf.tensor1d([0, -1], "int32")),
  "gather, index with batches": () => tf.gather(ones(2, 2), tf.fill([2, 2], 5, "int32"), 1, 1),
  "gather, batches": () => tf.gather(ones(3, 2), whole(2, 2), 1, 1),
  "gather, more batches than dimensions": () => tf.gather(ones(3, 2), whole(3, 2), 1, 3),
  prelu: () => tf.prelu(ones(2, 3), ones(4)),
  where: () => tf.where(tf.ones([3], "bool"), ones(2, 3), ones(2, 4)),
  tile: () => tf.tile(ones(2, 3), [2]),
  transpose: () => tf.transpose(ones(2, 3), [0, 2]),
  sum: () => tf.sum(ones(2, 3), 2),
  mean: () => tf.mean(ones(2, 3), [0, 5]),
  cast: () => tf.cast(ones(2), "half" as never),
  clipByValue: () => tf.clipByValue(whole(2), 3, 1),
  reverse: () => tf.reverse(tf.ones([2], "bool"), 2),
};

it.each(Object.entries(wrong))("says the same on wasm as on cpu: %s", async (_, call) => {
  const messages = [];
  for (const backend of ["cpu", "wasm"]) {
    await tf.setBackend(backend);
    messages.push(messageOf(call));
  }
  expect(messages[0]).not.toBe("");
  expect(messages[1]).toBe(messages[0]);
});

function messageOf(call: () => unknown): string {
  try {
    tf.tidy(() => {
      call();
    });
    return "";
  } catch (error) {
    return (error as Error).message;
  }
}
