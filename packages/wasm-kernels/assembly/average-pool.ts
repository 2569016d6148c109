/**
 * Average pooling over volumes in NDHWC, and its gradient; images are volumes of one plane. A window
 * at the rim is the average of what lies inside, and gives its dy to that in equal shares. Four
 * channels at a time.
 */

/**
 * y[window × channel] = the average of x in each window; or, with `isGradient`, each window's y in
 * equal shares is added to x. Sizes and strides in pixels; windows are not dilated.
 */
export function averagePool(
  x: usize,
  y: usize,
  isGradient: bool,
  batch: i32,
  depth: i32,
  height: i32,
  width: i32,
  channels: i32,
  outDepth: i32,
  outHeight: i32,
  outWidth: i32,
  windowDepth: i32,
  windowHeight: i32,
  windowWidth: i32,
  strideDepth: i32,
  strideHeight: i32,
  strideWidth: i32,
  front: i32,
  top: i32,
  left: i32,
): void {
  const pixel = <usize>channels * 4;
  const row = <usize>width * pixel;
  const plane = <usize>height * row;
  const volume = <usize>depth * plane;
  for (let image = 0; image < batch; image++) {
    for (let outZ = 0; outZ < outDepth; outZ++) {
      const z = max(outZ * strideDepth - front, 0);
      const planes = min(outZ * strideDepth - front + windowDepth, depth) - z;
      for (let outY = 0; outY < outHeight; outY++) {
        const top0 = max(outY * strideHeight - top, 0);
        const rows = min(outY * strideHeight - top + windowHeight, height) - top0;
        for (let outX = 0; outX < outWidth; outX++) {
          const left0 = max(outX * strideWidth - left, 0);
          const columns = min(outX * strideWidth - left + windowWidth, width) - left0;
          const corner = x + <usize>z * plane + <usize>top0 * row + <usize>left0 * pixel;
          if (isGradient) share(corner, y, planes, rows, columns, channels, plane, row, pixel);
          else average(corner, y, planes, rows, columns, channels, plane, row, pixel);
          y += pixel;
        }
      }
    }
    x += volume;
  }
}

/** One window, all channels: y = the average of x. */
function average(
  x: usize,
  y: usize,
  planes: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  plane: usize,
  row: usize,
  pixel: usize,
): void {
  const count = <f32>(planes * rows * columns);
  let channel = 0;
  for (; channel <= channels - 4; channel += 4) {
    let sum = f32x4.splat(0);
    for (let i = 0; i < planes; i++) {
      for (let j = 0; j < rows; j++) {
        let at = x + <usize>i * plane + <usize>j * row;
        for (let left = columns; left > 0; left--) {
          sum = f32x4.add(sum, v128.load(at));
          at += pixel;
        }
      }
    }
    v128.store(y, f32x4.div(sum, f32x4.splat(count)));
    x += 16;
    y += 16;
  }
  for (; channel < channels; channel++) {
    let sum: f32 = 0;
    for (let i = 0; i < planes; i++) {
      for (let j = 0; j < rows; j++) {
        let at = x + <usize>i * plane + <usize>j * row;
        for (let left = columns; left > 0; left--) {
          sum += load<f32>(at);
          at += pixel;
        }
      }
    }
    store<f32>(y, sum / count);
    x += 4;
    y += 4;
  }
}

/** One window, all channels: its share of y is added to each value of x. */
function share(
  x: usize,
  y: usize,
  planes: i32,
  rows: i32,
  columns: i32,
  channels: i32,
  plane: usize,
  row: usize,
  pixel: usize,
): void {
  const count = <f32>(planes * rows * columns);
  let channel = 0;
  for (; channel <= channels - 4; channel += 4) {
    const part = f32x4.div(v128.load(y), f32x4.splat(count));
    for (let i = 0; i < planes; i++) {
      for (let j = 0; j < rows; j++) {
        let at = x + <usize>i * plane + <usize>j * row;
        for (let left = columns; left > 0; left--) {
          v128.store(at, f32x4.add(v128.load(at), part));
          at += pixel;
        }
      }
    }
    x += 16;
    y += 16;
  }
  for (; channel < channels; channel++) {
    const part = load<f32>(y) / count;
    for (let i = 0; i < planes; i++) {
      for (let j = 0; j < rows; j++) {
        let at = x + <usize>i * plane + <usize>j * row;
        for (let left = columns; left > 0; left--) {
          store<f32>(at, load<f32>(at) + part);
          at += pixel;
        }
      }
    }
    x += 4;
    y += 4;
  }
}
