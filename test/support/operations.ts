/** Operations of tfjs with inputs, to compare their results and gradients between backends. */
import * as tf from "@tensorflow/tfjs";

/** Where the values of an input lie. */
type Values = "any" | "positive" | "negative" | "below one" | "above one";

export interface OperationCase {
  readonly shapes: readonly (readonly number[])[];
  readonly values: Values;
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor;
  /** What the gradients on wasm are compared with; `cpu` by default. */
  readonly reference?: "cpu" | "finite differences";
}

function on(
  shapes: OperationCase["shapes"],
  run: (...inputs: never[]) => unknown,
  values: Values = "any",
): OperationCase {
  return { shapes, values, run: run as OperationCase["run"] };
}

type Cases = Record<string, OperationCase>;

const unary = {
  any: [
    ...["abs", "asinh", "atan", "ceil", "cos", "cosh", "elu", "erf", "exp", "expm1", "floor"],
    ...["leakyRelu", "logSigmoid", "logSoftmax", "neg", "relu", "relu6", "round", "selu"],
    ...["sigmoid", "sign", "sin", "sinh", "softmax", "softplus", "square", "step", "tanh"],
    ...["sum", "mean", "max", "min", "prod", "logSumExp", "norm", "cumsum", "cumprod", "reverse"],
    ...["transpose", "argMax", "argMin", "diag", "onesLike", "zerosLike", "clone", "moments"],
    ...["isNaN", "isFinite", "isInf"],
  ],
  positive: ["log", "log1p", "reciprocal", "rsqrt", "sqrt"],
  negative: ["relu", "relu6", "elu", "selu", "max", "softplus", "sigmoid"],
  "below one": ["acos", "asin", "atanh", "tan"],
  "above one": ["acosh"],
} as const;

const binary = {
  any: [
    ...["add", "sub", "mul", "maximum", "minimum", "squaredDifference", "atan2", "prelu"],
    ...["greater", "greaterEqual", "less", "lessEqual", "equal", "notEqual"],
  ],
  positive: ["div", "divNoNan", "pow", "mod"],
} as const;

const broadcasts = [
  [[4, 6], [6]],
  [
    [4, 6],
    [4, 1],
  ],
  [
    [4, 1],
    [1, 6],
  ],
  [[], [4, 6]],
  [
    [2, 1, 4],
    [3, 1],
  ],
] as const;

type Named = Record<string, (...inputs: tf.Tensor[]) => tf.Tensor | { variance: tf.Tensor }>;
const byName = tf as unknown as Named;

const elementwise: Cases = {};
for (const values of Object.keys(unary) as (keyof typeof unary)[]) {
  for (const name of unary[values]) {
    elementwise[`${name} of ${values}`] = on(
      [[4, 6]],
      (x: tf.Tensor) => {
        const y = byName[name]?.(x);
        return y instanceof tf.Tensor ? y : y?.variance;
      },
      values,
    );
  }
}
for (const values of Object.keys(binary) as (keyof typeof binary)[]) {
  for (const name of binary[values]) {
    for (const shapes of broadcasts) {
      elementwise[`${name} of ${values} ${JSON.stringify(shapes)}`] = on(
        shapes,
        (x: tf.Tensor, y: tf.Tensor) => byName[name]?.(x, y),
        values,
      );
    }
  }
}

const axes: Cases = {};
for (const axis of [[0], [1], [2], [0, 1], [1, 2], [0, 2]]) {
  for (const name of ["sum", "mean", "max", "min", "prod", "logSumExp"] as const) {
    axes[`${name} over ${axis.join()}`] = on([[3, 4, 5]], (x: tf.Tensor) => tf[name](x, axis));
  }
}
for (const axis of [0, 1, 2]) {
  const cases: Cases = {
    softmax: on([[3, 4, 5]], (x: tf.Tensor) => tf.softmax(tf.transpose(x), 2)),
    cumsum: on([[3, 4, 5]], (x: tf.Tensor) => tf.cumsum(x, axis, true, axis === 1)),
    gather: on([[3, 4, 5]], (x: tf.Tensor) => tf.gather(x, [0, 2, 2, 1], axis)),
    concat: on(
      [
        [3, 4, 5],
        [3, 4, 5],
      ],
      (x: tf.Tensor, y: tf.Tensor) => tf.concat([x, y, x], axis),
    ),
    stack: on(
      [
        [3, 4],
        [3, 4],
      ],
      (x: tf.Tensor, y: tf.Tensor) => tf.stack([x, y], axis),
    ),
    unstack: on([[3, 4, 5]], (x: tf.Tensor) => tf.unstack(x, axis)[1]),
    split: on([[4, 4, 4]], (x: tf.Tensor) => tf.split(x, [1, 3], axis)[1]),
    reverse: on([[3, 4, 5]], (x: tf.Tensor) => tf.reverse(x, axis)),
  };
  for (const [name, given] of Object.entries(cases)) axes[`${name} along ${axis}`] = given;
}

const shapesOnly: Cases = {
  "transpose of four": on([[2, 3, 4, 5]], (x: tf.Tensor) => tf.transpose(x, [0, 3, 1, 2])),
  slice: on([[3, 4, 5]], (x: tf.Tensor) => tf.slice(x, [1, 1, 0], [2, 2, 3])),
  stridedSlice: on([[4, 5]], (x: tf.Tensor) => tf.stridedSlice(x, [0, 1], [4, 5], [2, 2])),
  pad: on([[3, 4]], (x: tf.Tensor2D) =>
    tf.pad(
      x,
      [
        [1, 2],
        [0, 1],
      ],
      1.5,
    ),
  ),
  mirrorPad: on([[3, 4]], (x: tf.Tensor2D) =>
    tf.mirrorPad(
      x,
      [
        [1, 2],
        [0, 1],
      ],
      "reflect",
    ),
  ),
  tile: on([[3, 4]], (x: tf.Tensor) => tf.tile(x, [2, 3])),
  "tile of five": on([[2, 1, 3, 2, 2]], (x: tf.Tensor) => tf.tile(x, [1, 4, 2, 1, 3])),
  broadcastTo: on([[4, 1]], (x: tf.Tensor) => tf.broadcastTo(x, [3, 4, 5])),
  where: on(
    [
      [4, 6],
      [4, 6],
    ],
    (x: tf.Tensor, y: tf.Tensor) => tf.where(tf.greater(x, y), x, tf.mul(y, 2)),
  ),
  "where, integers and floats": on([[4, 6]], (x: tf.Tensor) =>
    tf.where(tf.greater(x, 0), tf.scalar(1, "int32"), x),
  ),
  clipByValue: on([[4, 6]], (x: tf.Tensor) => tf.clipByValue(x, -0.5, 0.5)),
  gatherND: on([[3, 4, 5]], (x: tf.Tensor) =>
    tf.gatherND(x, [
      [0, 1],
      [1, 2],
    ]),
  ),
  "gather of rows": on([[5, 4]], (x: tf.Tensor) =>
    tf.gather(x, [
      [0, 2],
      [2, 1],
    ]),
  ),
  unsortedSegmentSum: on([[4, 5]], (x: tf.Tensor) =>
    tf.unsortedSegmentSum(x, tf.tensor1d([0, 2, -1, 2], "int32"), 4),
  ),
  topk: on([[4, 6]], (x: tf.Tensor) => tf.topk(x, 2).values),
  spaceToBatchND: on([[2, 4, 6, 3]], (x: tf.Tensor) =>
    tf.spaceToBatchND(
      x,
      [2, 3],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  ),
  batchToSpaceND: on([[4, 3, 3, 2]], (x: tf.Tensor) =>
    tf.batchToSpaceND(
      x,
      [2, 2],
      [
        [0, 1],
        [1, 0],
      ],
    ),
  ),
  depthToSpace: on([[1, 3, 4, 8]], (x: tf.Tensor4D) => tf.depthToSpace(x, 2)),
  bandPart: on([[5, 5]], (x: tf.Tensor) => tf.linalg.bandPart(x, 1, 1)),
  "cast to bool and back": on([[4, 6]], (x: tf.Tensor) => tf.cast(tf.cast(x, "bool"), "float32")),
  confusionMatrix: on([[1]], () => tf.math.confusionMatrix([0, 1, 2, 1], [0, 1, 1, 2], 3)),
};

const products: Cases = {
  dot: on([[5], [5]], (x: tf.Tensor, y: tf.Tensor) => tf.dot(x, y)),
  outerProduct: on([[5], [4]], (x: tf.Tensor1D, y: tf.Tensor1D) => tf.outerProduct(x, y)),
  "matMul, one against many": on(
    [
      [4, 3, 5],
      [1, 5, 6],
    ],
    (x: tf.Tensor, y: tf.Tensor) => tf.matMul(x, y),
  ),
  "einsum of attention": on(
    [
      [2, 3, 4],
      [4, 2, 5],
    ],
    (x: tf.Tensor, y: tf.Tensor) => tf.einsum("abc,cde->abde", x, y),
  ),
  localResponseNormalization: on([[2, 3, 3, 6]], (x: tf.Tensor4D) =>
    tf.localResponseNormalization(x, 2),
  ),
  batchNorm: on(
    [[2, 3, 3, 4], [4], [4], [4], [4]],
    (
      x: tf.Tensor,
      mean: tf.Tensor1D,
      variance: tf.Tensor1D,
      offset: tf.Tensor1D,
      scale: tf.Tensor1D,
    ) => tf.batchNorm(x, mean, variance.square().add(0.5), offset, scale),
  ),
  "batchNorm of two dimensions": on(
    [[6, 4], [4], [4], [4], [4]],
    (
      x: tf.Tensor,
      mean: tf.Tensor1D,
      variance: tf.Tensor1D,
      offset: tf.Tensor1D,
      scale: tf.Tensor1D,
    ) => tf.batchNorm(x, mean, variance.square().add(0.5), offset, scale),
  ),
  "batchNorm with a mean for each value": on(
    new Array<number[]>(5).fill([2, 3, 1, 4]),
    (
      x: tf.Tensor,
      mean: tf.Tensor4D,
      variance: tf.Tensor4D,
      offset: tf.Tensor4D,
      scale: tf.Tensor4D,
    ) => tf.batchNorm(x, mean, variance.square().add(0.5), offset, scale),
  ),
  basicLSTMCell: on(
    [[2, 3], [2, 4], [2, 4], [7, 16], [16]],
    (x: tf.Tensor2D, c: tf.Tensor2D, h: tf.Tensor2D, kernel: tf.Tensor2D, bias: tf.Tensor1D) =>
      tf.basicLSTMCell(tf.scalar(1), kernel, bias, x, c, h)[1],
  ),
  dilation2d: on(
    [
      [2, 5, 6, 3],
      [2, 2, 3],
    ],
    (x: tf.Tensor4D, filter: tf.Tensor3D) => tf.dilation2d(x, filter, 1, "same", 2),
  ),
  "conv2d in NCHW": on(
    [
      [2, 3, 5, 6],
      [3, 2, 3, 4],
    ],
    (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.conv2d(x, filter, 1, "same", "NCHW"),
  ),
};

const losses: Cases = {};
const pairs = [
  [4, 6],
  [4, 6],
];
type Loss = (labels: tf.Tensor, predictions: tf.Tensor) => tf.Tensor;
for (const [name, loss] of Object.entries(tf.losses as unknown as Record<string, Loss>)) {
  if (name === "cosineDistance") continue;
  losses[`tf.losses.${name}`] = on(pairs, (labels: tf.Tensor, predictions: tf.Tensor) =>
    loss(tf.sigmoid(labels), tf.sigmoid(predictions)),
  );
}
losses["tf.losses.cosineDistance"] = on(pairs, (labels: tf.Tensor, predictions: tf.Tensor) =>
  tf.losses.cosineDistance(labels, predictions, 1),
);

const resizes: Cases = {};
for (const [height, width] of [
  [9, 8],
  [3, 4],
  [12, 14],
] as const) {
  for (const name of ["resizeBilinear", "resizeNearestNeighbor"] as const) {
    for (const alignCorners of [false, true]) {
      const title = `${name} to ${height} × ${width}${alignCorners ? ", corners aligned" : ""}`;
      const given = on([[2, 6, 7, 3]], (x: tf.Tensor4D) =>
        tf.image[name](x, [height, width], alignCorners),
      );
      // cpu leaves values out (nearest neighbour), or has height and width exchanged (bilinear).
      resizes[title] = { ...given, reference: "finite differences" };
    }
  }
}

export const operations: Readonly<Cases> = {
  ...elementwise,
  ...axes,
  ...shapesOnly,
  ...products,
  ...losses,
  ...resizes,
};
