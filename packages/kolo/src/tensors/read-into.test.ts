import { describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { readInto, tensorFrom } from "./read-into.js";
import { inBackend } from "./testing/with-fake-engine.js";

tf.enableProdMode();

describe.each(["cpu", "wasm"])("between tensors and the arena on %s", (backend) => {
  inBackend(backend);

  const floats = (count: number): Float32Array =>
    new Float32Array(new SharedArrayBuffer(count * 4));
  const integers = (count: number): Int32Array => new Int32Array(new SharedArrayBuffer(count * 4));

  it("reads float32 and int32 tensors, and variables", () => {
    const target = floats(4);
    const x = tf.tensor2d([1.5, -2, 3, 0.25], [2, 2]);
    readInto(x, target);
    expect([...target]).toEqual([1.5, -2, 3, 0.25]);

    const whole = integers(2);
    readInto(tf.variable(tf.tensor1d([7, -8], "int32")), whole);
    expect([...whole]).toEqual([7, -8]);
  });

  it("reads tensors that an operation made", () => {
    const target = floats(3);
    tf.tidy(() => {
      readInto(tf.tensor1d([1, 2, 3]).mul(2).add(1), target);
    });
    expect([...target]).toEqual([3, 5, 7]);
  });

  it("converts where a cast left integers under a float32 tensor", () => {
    const target = floats(2);
    readInto(tf.tensor1d([3, -4], "int32").toFloat(), target);
    expect([...target]).toEqual([3, -4]);
  });

  it("reads booleans as 0 and 1", () => {
    const target = integers(2);
    readInto(tf.tensor1d([true, false], "bool"), target);
    expect([...target]).toEqual([1, 0]);
  });

  it("reads and makes scalars and tensors without elements", () => {
    const target = floats(1);
    readInto(tf.scalar(4), target);
    expect(tensorFrom(target, [], "float32").arraySync()).toBe(4);
    readInto(tf.zeros([0, 3]), floats(0));
    expect(tensorFrom(floats(0), [3, 0], "float32").shape).toEqual([3, 0]);
  });

  it("makes tensors that do not change with the arena", () => {
    const source = floats(8);
    source.set([1, 2, 3, 4], 2);
    const x = tensorFrom(source.subarray(2, 6), [2, 2], "float32");
    source.fill(0);
    expect(x.arraySync()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    expect(x.add(1).arraySync()).toEqual([
      [2, 3],
      [4, 5],
    ]);
  });

  it("makes booleans of integers", () => {
    const x = tensorFrom(Int32Array.of(1, 0), [2], "bool");
    expect(x.dtype).toBe("bool");
    expect([...x.dataSync()]).toEqual([1, 0]);
  });

  it("refuses a disposed tensor", () => {
    const x = tf.scalar(1);
    x.dispose();
    expect(() => {
      readInto(x, floats(1));
    }).toThrow("disposed");
  });
});
