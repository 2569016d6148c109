import { describe, expect, it } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { roomFor } from "./result-room.js";
import { inBackend } from "./testing/with-fake-engine.js";

tf.enableProdMode();

describe.each(["cpu", "wasm"])("room for a tensor on %s", (backend) => {
  inBackend(backend);

  it("is filled in parts, and is the tensor then", () => {
    const before = tf.memory().numTensors;
    const values = Float32Array.from({ length: 6000 }, (_, index) => index);
    const room = roomFor([2, 3000], "float32");
    room.put(2500, values.subarray(2500));
    room.put(0, values.subarray(0, 2500));
    const x = room.tensor();
    room.release();
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(x.shape).toEqual([2, 3000]);
    expect([...x.dataSync()]).toEqual([...values]);
    expect(tf.tidy(() => x.sum(1).arraySync())).toEqual([4498500, 13498500]);
    x.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it("holds integers, and scalars, and nothing", () => {
    const room = roomFor([], "int32");
    room.put(0, Int32Array.of(7));
    const x = room.tensor();
    expect([x.dtype, x.arraySync()]).toEqual(["int32", 7]);
    expect(roomFor([0, 3], "float32").tensor().shape).toEqual([0, 3]);
  });

  it("belongs to no tf.tidy before it is a tensor, and to the one around that", () => {
    const before = tf.memory().numTensors;
    tf.engine().startScope();
    const room = roomFor([2], "float32");
    tf.engine().endScope();
    room.put(0, Float32Array.of(1, 2));
    tf.tidy(() => {
      expect([...room.tensor().dataSync()]).toEqual([1, 2]);
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it("gives its memory back where no tensor comes of it", () => {
    const dataIds = tf.engine().backend.numDataIds();
    const room = roomFor([1000], "float32");
    room.release();
    room.release();
    expect(tf.engine().backend.numDataIds()).toBe(dataIds);
  });
});
