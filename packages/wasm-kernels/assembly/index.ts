export { averagePool } from "./average-pool";
export { both, either, equal, greater, greaterEqual, notEqual } from "./compare";
export {
  addPatches,
  convolve,
  convolveFilterGradient,
  padImages,
  patchOffsets,
} from "./convolution";
export { copy, copyBytes } from "./copy";
export { depthwise, repeatValues } from "./depthwise";
export { depthwiseFilterGradient, depthwiseInputGradient } from "./depthwise-gradients";
export { clip, maximum, minimum, prelu } from "./elementwise";
export { erf, exp, tanh } from "./exponential";
export { largestOfColumns, largestOfRows } from "./extremes";
export { maxPoolGradient, maxPoolGradient2x2 } from "./max-pool";
export { maxPool3D } from "./max-pool-3d";
export { multiply } from "./multiply";
export { multiplyIntegers } from "./multiply-integers";
export { normalize } from "./normalize";
export { pack, packedBytes } from "./pack";
export { sumColumns, sumRows } from "./reduce";
export { addResized } from "./resize";
export { deviationFactors, rsqrt, sqrt } from "./roots";
export { select } from "./select";
export { addIntegerSegments, addSegments } from "./segment-sum";
