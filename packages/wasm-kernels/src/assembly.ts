/**
 * The SIMD code, instantiated over the memory of tfjs' own wasm module: both see the same tensors,
 * and nothing is copied between them. It has no memory, stack or data of its own.
 *
 * Addresses and steps are in bytes, counts in elements; assembly/*.ts says what each does.
 */
import { baselineBase64, relaxedBase64 } from "./generated/module.js";

/** What assembly/index.ts exports. */
export interface Assembly {
  pack(
    b: number,
    rowStep: number,
    columnStep: number,
    k: number,
    n: number,
    target: number,
    panelBytes: number,
  ): void;
  packedBytes(k: number, n: number): number;
  multiply(
    a: number,
    rowStep: number,
    columnStep: number,
    packed: number,
    c: number,
    m: number,
    k: number,
    n: number,
    bias: number,
    flags: number,
  ): void;
  multiplyIntegers(
    a: number,
    rowStep: number,
    columnStep: number,
    b: number,
    bRowStep: number,
    bColumnStep: number,
    c: number,
    m: number,
    k: number,
    n: number,
  ): void;
  patchOffsets(
    target: number,
    outHeight: number,
    outWidth: number,
    rowBytes: number,
    columnBytes: number,
  ): void;
  convolve(
    x: number,
    batch: number,
    width: number,
    inChannels: number,
    imageBytes: number,
    filterHeight: number,
    filterWidth: number,
    offsets: number,
    pixels: number,
    packed: number,
    y: number,
    outChannels: number,
    bias: number,
    flags: number,
  ): void;
  convolveFilterGradient(
    x: number,
    batch: number,
    width: number,
    inChannels: number,
    imageBytes: number,
    strideHeight: number,
    strideWidth: number,
    filterHeight: number,
    filterWidth: number,
    outHeight: number,
    outWidth: number,
    dy: number,
    dyStep: number,
    target: number,
    outChannels: number,
  ): void;
  addPatches(
    columns: number,
    target: number,
    height: number,
    width: number,
    channels: number,
    filterHeight: number,
    filterWidth: number,
    strideHeight: number,
    strideWidth: number,
    top: number,
    left: number,
    outHeight: number,
    outWidth: number,
  ): void;
  padImages(
    source: number,
    target: number,
    batch: number,
    height: number,
    width: number,
    channels: number,
    top: number,
    bottom: number,
    left: number,
    right: number,
  ): void;
  readonly copy: (
    source: number,
    target: number,
    size0: number,
    size1: number,
    size2: number,
    size3: number,
    from0: number,
    from1: number,
    from2: number,
    from3: number,
    to0: number,
    to1: number,
    to2: number,
    to3: number,
  ) => void;
  readonly copyBytes: (
    source: number,
    target: number,
    rows: number,
    columns: number,
    fromRow: number,
    fromColumn: number,
    toRow: number,
    toColumn: number,
  ) => void;
  depthwise(
    x: number,
    filter: number,
    y: number,
    height: number,
    width: number,
    channels: number,
    outHeight: number,
    outWidth: number,
    filterHeight: number,
    filterWidth: number,
    strideHeight: number,
    strideWidth: number,
    dilationHeight: number,
    dilationWidth: number,
    top: number,
    left: number,
  ): void;
  depthwiseFilterGradient(
    x: number,
    dy: number,
    target: number,
    height: number,
    width: number,
    channels: number,
    outHeight: number,
    outWidth: number,
    filterHeight: number,
    filterWidth: number,
    strideHeight: number,
    strideWidth: number,
    dilationHeight: number,
    dilationWidth: number,
    top: number,
    left: number,
  ): void;
  depthwiseInputGradient(
    dy: number,
    filter: number,
    target: number,
    height: number,
    width: number,
    channels: number,
    outHeight: number,
    outWidth: number,
    filterHeight: number,
    filterWidth: number,
    strideHeight: number,
    strideWidth: number,
    dilationHeight: number,
    dilationWidth: number,
    top: number,
    left: number,
  ): void;
  both(a: number, b: number, target: number, count: number): void;
  either(a: number, b: number, target: number, count: number): void;
  equal(a: number, b: number, target: number, count: number): void;
  notEqual(a: number, b: number, target: number, count: number): void;
  greater(a: number, b: number, target: number, count: number): void;
  greaterEqual(a: number, b: number, target: number, count: number): void;
  maximum(a: number, b: number, target: number, count: number): void;
  minimum(a: number, b: number, target: number, count: number): void;
  clip(x: number, target: number, count: number, low: number, high: number): void;
  erf(x: number, target: number, count: number): void;
  exp(x: number, target: number, count: number): void;
  tanh(x: number, target: number, count: number): void;
  select(condition: number, yes: number, no: number, target: number, count: number): void;
  prelu(x: number, alpha: number, target: number, count: number): void;
  normalize(
    x: number,
    y: number,
    rows: number,
    channels: number,
    mean: number,
    factor: number,
    offset: number,
  ): void;
  averagePool(
    x: number,
    y: number,
    isGradient: 0 | 1,
    batch: number,
    depth: number,
    height: number,
    width: number,
    channels: number,
    outDepth: number,
    outHeight: number,
    outWidth: number,
    windowDepth: number,
    windowHeight: number,
    windowWidth: number,
    strideDepth: number,
    strideHeight: number,
    strideWidth: number,
    front: number,
    top: number,
    left: number,
  ): void;
  addResized(
    dy: number,
    target: number,
    batch: number,
    height: number,
    width: number,
    channels: number,
    outHeight: number,
    outWidth: number,
    rows: number,
    columns: number,
  ): void;
  repeatValues(source: number, target: number, count: number, times: number): void;
  maxPool3D(
    x: number,
    y: number,
    target: number,
    batch: number,
    depth: number,
    height: number,
    width: number,
    channels: number,
    outDepth: number,
    outHeight: number,
    outWidth: number,
    windowDepth: number,
    windowHeight: number,
    windowWidth: number,
    strideDepth: number,
    strideHeight: number,
    strideWidth: number,
    front: number,
    top: number,
    left: number,
  ): void;
  addSegments(
    x: number,
    segments: number,
    rows: number,
    columns: number,
    target: number,
    segmentCount: number,
  ): void;
  addIntegerSegments(
    x: number,
    segments: number,
    rows: number,
    columns: number,
    target: number,
    segmentCount: number,
  ): void;
  maxPoolGradient2x2(
    x: number,
    dy: number,
    target: number,
    batch: number,
    height: number,
    width: number,
    channels: number,
  ): void;
  maxPoolGradient(
    x: number,
    dy: number,
    target: number,
    batch: number,
    height: number,
    width: number,
    channels: number,
    outHeight: number,
    outWidth: number,
    windowHeight: number,
    windowWidth: number,
    strideHeight: number,
    strideWidth: number,
    top: number,
    left: number,
  ): void;
  largestOfRows(x: number, rows: number, columns: number, target: number, flip: number): void;
  largestOfColumns(x: number, rows: number, columns: number, target: number, flip: number): void;
  sqrt(x: number, target: number, count: number): void;
  rsqrt(x: number, target: number, count: number): void;
  deviationFactors(
    variance: number,
    scale: number,
    target: number,
    count: number,
    epsilon: number,
  ): void;
  sumRows(x: number, rows: number, columns: number, target: number, scale: number): void;
  sumColumns(x: number, rows: number, columns: number, target: number, scale: number): void;
}

/** `flags` of `multiply` and `convolve`, as in assembly/tile.ts. */
export const activationFlags = { linear: 0, relu: 2, relu6: 4 } as const;

/** Another one: adds to what is there. */
export const accumulate = 1;

let compiled: WebAssembly.Module | undefined;

export function instantiate(memory: WebAssembly.Memory<ArrayBufferLike>): Assembly {
  compiled ??= compile();
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as Assembly;
}

/**
 * With fused multiply-adds where the runtime has them (relaxed SIMD: Node 22 and later): faster, and
 * a little more exact; the last bits differ from those without.
 */
function compile(): WebAssembly.Module {
  const relaxed = Buffer.from(relaxedBase64, "base64");
  return new WebAssembly.Module(
    WebAssembly.validate(relaxed) ? relaxed : Buffer.from(baselineBase64, "base64"),
  );
}
