/**
 * The least that lets tfjs' wasm backend train the network: a filter gradient made of tfjs' own
 * kernels. All else stays as tfjs has it. A convolution's filter gradient is itself a convolution,
 * of the images (channels as batch) with the output's gradient (batch as channels):
 *
 *   dW = transpose(conv2d(transpose(x, [3,1,2,0]), transpose(dy, [1,2,0,3])), [1,2,0,3])
 *
 * For stride 1 without padding, which is what the network has.
 */
import * as tf from "@tensorflow/tfjs";

interface Backend {
  disposeData(dataId: object): void;
}

export function registerFilterGradient(): void {
  tf.registerKernel({
    kernelName: tf.Conv2DBackpropFilter,
    backendName: "wasm",
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { x, dy } = inputs as Record<"x" | "dy", tf.TensorInfo>;
      const { pad, strides } = attrs as unknown as tf.Conv2DBackpropFilterAttrs;
      if (pad !== "valid" || [strides].flat().some((stride) => stride !== 1)) {
        throw new Error(
          `expected stride 1 without padding, got ${String(strides)} and ${String(pad)}`,
        );
      }
      const run = (name: string, tensors: tf.NamedTensorInfoMap, attributes: object) =>
        tf.getKernel(name, "wasm").kernelFunc({
          inputs: tensors,
          attrs: attributes as tf.NamedAttrMap,
          backend,
        }) as tf.TensorInfo;
      const images = run(tf.Transpose, { x }, { perm: [3, 1, 2, 0] });
      const filter = run(tf.Transpose, { x: dy }, { perm: [1, 2, 0, 3] });
      const turned = run(
        tf.Conv2D,
        { x: images, filter },
        { strides: 1, pad: "valid", dataFormat: "NHWC", dilations: 1 },
      );
      const gradient = run(tf.Transpose, { x: turned }, { perm: [1, 2, 0, 3] });
      for (const { dataId } of [images, filter, turned]) (backend as Backend).disposeData(dataId);
      return gradient;
    },
  });
}
