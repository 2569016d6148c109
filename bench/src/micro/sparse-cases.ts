/** The largest of many, into a message and back: GB/s of all of them, though only some travel. */
import { finish } from "@kolo/core";
import { decodeSparse, encodeSparse, LargestSelector, sparseLayout } from "@kolo/compression";
import { gradientsLike } from "./gradients-like.js";
import { type MicroCase } from "./micro-case.js";

export function sparseCases(bytes: number): MicroCase[] {
  return [0.01, 0.001].flatMap((ratio) => casesOf(bytes, ratio));
}

function casesOf(bytes: number, ratio: number): MicroCase[] {
  const values = gradientsLike(bytes / 4);
  const k = Math.ceil(ratio * values.length);
  const layout = sparseLayout(values.length, k, "float16");
  const words = new Int32Array(new SharedArrayBuffer(4 * layout.words));
  const content = { indices: new Int32Array(k), picked: new Float32Array(k) };
  const selector = new LargestSelector();
  finish(selector.select(values, k, content.indices));
  for (const [i, index] of content.indices.entries()) content.picked[i] = values[index] ?? 0;
  finish(encodeSparse(layout, content, words));
  const sum = new Float32Array(new SharedArrayBuffer(bytes));
  const part = `${ratio * 100} %`;
  return [
    {
      name: `select ${part}`,
      bytes,
      run: () => {
        finish(selector.select(values, k, content.indices));
      },
    },
    {
      name: `encode ${part} fp16`,
      bytes,
      run: () => {
        finish(encodeSparse(layout, content, words));
      },
    },
    {
      // What is added up must be zero first: a pass over all of it.
      name: `clear, decode ${part} fp16`,
      bytes,
      run: () => {
        sum.fill(0);
        finish(decodeSparse(layout, words, content, sum));
      },
    },
  ];
}
