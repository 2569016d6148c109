/** Models of images, of series that are convolved, and of volumes. Heights and widths differ. */
import { behindDense, type ModelCase, stack } from "./model-case.js";

const image = [7, 6, 3] as const;
const volume = [5, 4, 6, 2] as const;
const series = [9, 5] as const;

export const imageModels: Readonly<Record<string, ModelCase>> = {
  conv2d: stack(image, (layers) => [
    layers.conv2d({ filters: 9, kernelSize: 3, activation: "relu" }),
    layers.conv2d({ filters: 4, kernelSize: [2, 3] }),
  ]),
  "conv2d, same, strides": stack(image, (layers) => [
    layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, padding: "same" }),
    layers.conv2d({ filters: 5, kernelSize: 2, strides: [1, 2], padding: "same" }),
  ]),
  "conv2d, a stride beyond the filter": stack(image, (layers) => [
    layers.conv2d({ filters: 8, kernelSize: 2, activation: "elu" }),
    layers.conv2d({ filters: 5, kernelSize: 2, strides: 3, padding: "same", activation: "elu" }),
  ]),
  "conv2d, a point": stack(image, (layers) => [
    layers.conv2d({ filters: 16, kernelSize: 1 }),
    layers.conv2d({ filters: 5, kernelSize: 1, strides: 2, useBias: false }),
  ]),
  "conv2d, channels first": stack([3, 7, 6], (layers) => [
    layers.conv2d({ filters: 8, kernelSize: 3, dataFormat: "channelsFirst" }),
    layers.maxPooling2d({ poolSize: 2, dataFormat: "channelsFirst" }),
    layers.conv2d({ filters: 4, kernelSize: 2, dataFormat: "channelsFirst" }),
  ]),
  "a small convolutional network": stack([12, 12, 1], (layers) => [
    layers.conv2d({ filters: 8, kernelSize: 3, activation: "relu" }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.conv2d({ filters: 16, kernelSize: 3, activation: "relu" }),
    layers.maxPooling2d({ poolSize: 2 }),
    layers.batchNormalization(),
    layers.dropout({ rate: 0.25, seed: 1 }),
    layers.flatten(),
    layers.dense({ units: 20, activation: "relu" }),
  ]),
  depthwiseConv2d: stack(image, (layers) => [
    layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 }),
    layers.depthwiseConv2d({ kernelSize: 2 }),
  ]),
  "depthwiseConv2d, same, strides": stack(image, (layers) => [
    layers.depthwiseConv2d({ kernelSize: 3, padding: "same", depthMultiplier: 3 }),
    layers.depthwiseConv2d({ kernelSize: 3, strides: 2, padding: "same" }),
    layers.depthwiseConv2d({ kernelSize: 1, strides: 2, padding: "same" }),
  ]),
  "depthwiseConv2d, a dilation that tfjs ignores": stack(image, (layers) => [
    layers.depthwiseConv2d({ kernelSize: 2, dilationRate: [2, 2] }),
  ]),
  separableConv2d: stack(image, (layers) => [
    layers.separableConv2d({ filters: 8, kernelSize: 3, depthMultiplier: 2 }),
    layers.separableConv2d({ filters: 5, kernelSize: 2, strides: 2, padding: "same" }),
  ]),
  conv2dTranspose: stack([4, 3, 3], (layers) => [
    layers.conv2dTranspose({ filters: 8, kernelSize: 3, strides: 2 }),
    layers.conv2dTranspose({ filters: 5, kernelSize: 2, padding: "same" }),
  ]),
  "conv2dTranspose, same, strides": stack([4, 3, 3], (layers) => [
    layers.conv2dTranspose({ filters: 4, kernelSize: 3, strides: [2, 2], padding: "same" }),
    layers.conv2d({ filters: 5, kernelSize: 3 }),
  ]),
  conv1d: stack(series, (layers) => [
    layers.conv1d({ filters: 8, kernelSize: 3, activation: "relu" }),
    layers.conv1d({ filters: 4, kernelSize: 2, strides: 2, padding: "same" }),
  ]),
  conv3d: stack(volume, (layers) => [
    layers.conv3d({ filters: 5, kernelSize: 2, activation: "relu" }),
    layers.conv3d({ filters: 3, kernelSize: [2, 1, 3] }),
  ]),
  "conv3d, same, strides": stack(volume, (layers) => [
    layers.conv3d({ filters: 5, kernelSize: 3, strides: 2, padding: "same" }),
    layers.conv3d({ filters: 3, kernelSize: 2, padding: "same" }),
  ]),
  averagePooling1d: behindDense(series, 5, (layers) => [layers.averagePooling1d({ poolSize: 2 })]),
  maxPooling1d: behindDense(series, 5, (layers) => [
    layers.maxPooling1d({ poolSize: 3, strides: 2, padding: "same" }),
  ]),
  averagePooling2d: behindDense(image, 5, (layers) => [layers.averagePooling2d({ poolSize: 2 })]),
  // cpu divides by the size of the window also where it hangs over the rim.
  "averagePooling2d, same, strides": behindDense(
    image,
    5,
    (layers) => [layers.averagePooling2d({ poolSize: [3, 2], strides: [1, 2], padding: "same" })],
    { reference: "finite differences" },
  ),
  maxPooling2d: behindDense(image, 5, (layers) => [layers.maxPooling2d({ poolSize: 2 })]),
  "maxPooling2d, same, windows that overlap": behindDense(image, 5, (layers) => [
    layers.maxPooling2d({ poolSize: 3, strides: [1, 2], padding: "same" }),
  ]),
  "maxPooling2d of negative values": behindDense(image, 5, (layers) => [
    layers.activation({ activation: "sigmoid" }),
    layers.rescaling({ scale: 1, offset: -3 }),
    layers.maxPooling2d({ poolSize: 2 }),
  ]),
  averagePooling3d: behindDense(volume, 3, (layers) => [layers.averagePooling3d({ poolSize: 2 })]),
  "averagePooling3d, same, strides": behindDense(
    volume,
    3,
    (layers) => [
      layers.averagePooling3d({ poolSize: [2, 3, 2], strides: [2, 1, 2], padding: "same" }),
    ],
    { reference: "finite differences" },
  ),
  maxPooling3d: behindDense(volume, 3, (layers) => [layers.maxPooling3d({ poolSize: 2 })]),
  "maxPooling3d of negative values": behindDense(volume, 3, (layers) => [
    layers.activation({ activation: "sigmoid" }),
    layers.rescaling({ scale: 1, offset: -3 }),
    layers.maxPooling3d({ poolSize: 2, strides: 1, padding: "same" }),
  ]),
  // cpu takes such windows for square, and gives the gradient to the wrong values.
  "maxPooling3d, windows that are not square": behindDense(
    volume,
    3,
    (layers) => [layers.maxPooling3d({ poolSize: [2, 1, 3] })],
    { reference: "finite differences" },
  ),
  globalAveragePooling1d: behindDense(series, 5, (layers) => [layers.globalAveragePooling1d()]),
  globalMaxPooling1d: behindDense(series, 5, (layers) => [layers.globalMaxPooling1d()]),
  globalAveragePooling2d: behindDense(image, 5, (layers) => [
    layers.globalAveragePooling2d({ dataFormat: "channelsLast" }),
  ]),
  globalMaxPooling2d: behindDense(image, 5, (layers) => [
    layers.globalMaxPooling2d({ dataFormat: "channelsLast" }),
  ]),
  // cpu's gradient of the nearest neighbour leaves values out.
  upSampling2d: behindDense(image, 3, (layers) => [layers.upSampling2d({ size: [2, 3] })], {
    reference: "finite differences",
  }),
  // cpu's gradient of the bilinear resize has height and width exchanged.
  "upSampling2d, bilinear": behindDense(
    image,
    3,
    (layers) => [layers.upSampling2d({ interpolation: "bilinear" })],
    { reference: "finite differences" },
  ),
  "upSampling2d, bilinear, of squares": behindDense([5, 5, 3], 3, (layers) => [
    layers.upSampling2d({ interpolation: "bilinear" }),
  ]),
  zeroPadding2d: behindDense(image, 3, (layers) => [
    layers.zeroPadding2d({
      padding: [
        [1, 2],
        [0, 1],
      ],
    }),
  ]),
  cropping2D: behindDense(image, 3, (layers) => [
    layers.cropping2D({
      cropping: [
        [1, 2],
        [0, 1],
      ],
    }),
  ]),
  // It changes the shape of what is in front of it, which must not be that of the input.
  centerCrop: stack(image, (layers) => [
    layers.zeroPadding2d(),
    layers.centerCrop({ height: 4, width: 4 }),
  ]),
};
