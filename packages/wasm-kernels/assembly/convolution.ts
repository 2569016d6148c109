/**
 * Convolutions of images in NHWC without padding (the caller pads first), filters in HWIO, as
 * products over the patches where they lie: a filter row's `filterWidth · inChannels` values are
 * contiguous in the image, so a patch is `filterHeight` runs with a jump in between.
 */
import { ACCUMULATE, COLUMNS, ROWS, tile } from "./tile";

/** Pixels that are taken through all panels of the filter before the next ones. */
const BLOCK: i32 = 128;

/**
 * Writes, for each output pixel of one image, the offset in bytes of its patch. 4 bytes each.
 */
export function patchOffsets(
  target: usize,
  outHeight: i32,
  outWidth: i32,
  rowBytes: usize,
  columnBytes: usize,
): void {
  for (let y = 0; y < outHeight; y++) {
    let offset = <usize>y * rowBytes;
    for (let x = 0; x < outWidth; x++) {
      store<u32>(target, <u32>offset);
      target += 4;
      offset += columnBytes;
    }
  }
}

/**
 * y[batch × pixels × outChannels] = patches of x · filter + bias, then the activation.
 *
 * `packed` is the filter as B[filterHeight·filterWidth·inChannels × outChannels]; `offsets` is
 * what `patchOffsets` wrote for the `pixels` of an image of `imageBytes`; `width` is x's.
 */
export function convolve(
  x: usize,
  batch: i32,
  width: i32,
  inChannels: i32,
  imageBytes: usize,
  filterHeight: i32,
  filterWidth: i32,
  offsets: usize,
  pixels: i32,
  packed: usize,
  y: usize,
  outChannels: i32,
  bias: usize,
  flags: i32,
): void {
  const steps = filterWidth * inChannels;
  const jump = <usize>((width - filterWidth) * inChannels * 4);
  const panelBytes = <usize>(filterHeight * steps * 32);
  const yStep = <usize>outChannels * 4;
  const total = batch * pixels;
  for (let block = 0; block < total; block += BLOCK) {
    const end = min(block + BLOCK, total);
    const firstImage = x + <usize>(block / pixels) * imageBytes;
    const firstPixel = block % pixels;
    let panel = packed;
    for (let column = 0; column < outChannels; column += COLUMNS) {
      const columns = min(outChannels - column, COLUMNS);
      const columnBias = bias ? bias + <usize>column * 4 : 0;
      let image = firstImage;
      let pixel = firstPixel;
      for (let row = block; row < end; row += ROWS) {
        const rows = min(end - row, ROWS);
        const a0 = image + load<u32>(offsets + <usize>pixel * 4);
        let a1 = a0;
        let a2 = a0;
        let a3 = a0;
        if (++pixel == pixels) {
          pixel = 0;
          image += imageBytes;
        }
        if (rows > 1) {
          a1 = image + load<u32>(offsets + <usize>pixel * 4);
          if (++pixel == pixels) {
            pixel = 0;
            image += imageBytes;
          }
        }
        if (rows > 2) {
          a2 = image + load<u32>(offsets + <usize>pixel * 4);
          if (++pixel == pixels) {
            pixel = 0;
            image += imageBytes;
          }
        }
        if (rows > 3) {
          a3 = image + load<u32>(offsets + <usize>pixel * 4);
          if (++pixel == pixels) {
            pixel = 0;
            image += imageBytes;
          }
        }
        tile(
          filterHeight,
          steps,
          a0,
          a1,
          a2,
          a3,
          4,
          jump,
          panel,
          32,
          y + <usize>row * yStep + <usize>column * 4,
          yStep,
          rows,
          columns,
          columnBias,
          flags,
        );
      }
      panel += panelBytes;
    }
  }
}

/**
 * filterGradient[filterHeight·filterWidth·inChannels × outChannels] = the sum over all images and
 * pixels of patchᵀ · dy.
 *
 * The sum runs over an image's pixels in registers, then image by image. `dyStep` is the distance
 * between pixels of dy in bytes: at least a multiple of eight channels.
 */
export function convolveFilterGradient(
  x: usize,
  batch: i32,
  width: i32,
  inChannels: i32,
  imageBytes: usize,
  strideHeight: i32,
  strideWidth: i32,
  filterHeight: i32,
  filterWidth: i32,
  outHeight: i32,
  outWidth: i32,
  dy: usize,
  dyStep: usize,
  target: usize,
  outChannels: i32,
): void {
  const rowOfFilter = filterWidth * inChannels;
  const taps = filterHeight * rowOfFilter;
  const step = <usize>(strideWidth * inChannels * 4);
  const jump = <usize>((strideHeight * width - outWidth * strideWidth) * inChannels * 4);
  const targetStep = <usize>outChannels * 4;
  const dyImageBytes = <usize>(outHeight * outWidth) * dyStep;
  for (let image = 0; image < batch; image++) {
    const flags = image == 0 ? 0 : ACCUMULATE;
    for (let column = 0; column < outChannels; column += COLUMNS) {
      const columns = min(outChannels - column, COLUMNS);
      for (let tap = 0; tap < taps; tap += ROWS) {
        const rows = min(taps - tap, ROWS);
        const a0 = x + tapOffset(tap, rowOfFilter, width, inChannels);
        tile(
          outHeight,
          outWidth,
          a0,
          rows > 1 ? x + tapOffset(tap + 1, rowOfFilter, width, inChannels) : a0,
          rows > 2 ? x + tapOffset(tap + 2, rowOfFilter, width, inChannels) : a0,
          rows > 3 ? x + tapOffset(tap + 3, rowOfFilter, width, inChannels) : a0,
          step,
          jump,
          dy + <usize>column * 4,
          dyStep,
          target + <usize>tap * targetStep + <usize>column * 4,
          targetStep,
          rows,
          columns,
          0,
          flags,
        );
      }
    }
    x += imageBytes;
    dy += dyImageBytes;
  }
}

/** Where in the image, in bytes, the filter's value number `tap` (row, column, channel) lies. */
function tapOffset(tap: i32, rowOfFilter: i32, width: i32, inChannels: i32): usize {
  return <usize>(((tap / rowOfFilter) * width * inChannels + (tap % rowOfFilter)) * 4);
}

/**
 * Adds columns[pixels × filterHeight·filterWidth·channels] to the image they were patches of: the
 * way back for strides. Taps in the padding fall away.
 */
export function addPatches(
  columns: usize,
  target: usize,
  height: i32,
  width: i32,
  channels: i32,
  filterHeight: i32,
  filterWidth: i32,
  strideHeight: i32,
  strideWidth: i32,
  top: i32,
  left: i32,
  outHeight: i32,
  outWidth: i32,
): void {
  const tapBytes = <usize>channels * 4;
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const row = y * strideHeight - top;
      const column = x * strideWidth - left;
      const first = max(0, -column);
      const last = min(filterWidth, width - column);
      for (let i = 0; i < filterHeight; i++) {
        if (row + i >= 0 && row + i < height && last > first) {
          add(
            target + <usize>((row + i) * width + column + first) * tapBytes,
            columns + <usize>first * tapBytes,
            (last - first) * channels,
          );
        }
        columns += <usize>filterWidth * tapBytes;
      }
    }
  }
}

function add(target: usize, source: usize, count: i32): void {
  let left = count;
  for (; left >= 4; left -= 4) {
    v128.store(target, f32x4.add(v128.load(target), v128.load(source)));
    target += 16;
    source += 16;
  }
  for (; left > 0; left--) {
    store<f32>(target, load<f32>(target) + load<f32>(source));
    target += 4;
    source += 4;
  }
}

/** Copies images into larger ones with a rim of zeros. Sizes are the source's. */
export function padImages(
  source: usize,
  target: usize,
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  top: i32,
  bottom: i32,
  left: i32,
  right: i32,
): void {
  const pixel = <usize>channels * 4;
  const row = <usize>width * pixel;
  const wide = <usize>(left + width + right) * pixel;
  const sides = <usize>(left + right) * pixel;
  for (let image = 0; image < batch; image++) {
    const head = <usize>top * wide + <usize>left * pixel;
    memory.fill(target, 0, head);
    target += head;
    for (let y = 0; y < height; y++) {
      memory.copy(target, source, row);
      source += row;
      target += row;
      // This row's right rim and the next one's left.
      const rim = y < height - 1 ? sides : <usize>right * pixel;
      memory.fill(target, 0, rim);
      target += rim;
    }
    const tail = <usize>bottom * wide;
    memory.fill(target, 0, tail);
    target += tail;
  }
}
