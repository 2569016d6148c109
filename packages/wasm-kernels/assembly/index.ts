export {
  addPatches,
  convolve,
  convolveFilterGradient,
  padImages,
  patchOffsets,
} from "./convolution";
export { maxPoolGradient } from "./max-pool";
export { multiply } from "./multiply";
export { pack, packedBytes } from "./pack";
export { sumColumns, sumRows } from "./reduce";
