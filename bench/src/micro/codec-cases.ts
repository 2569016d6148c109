/** Float32 into narrower numbers and back: GB/s of the float32. */
import { codecs } from "@kolo/compression";
import { type MicroCase } from "./micro-case.js";
import { gradientsLike } from "./gradients-like.js";

export function codecCases(bytes: number): MicroCase[] {
  const values = gradientsLike(bytes / 4);
  const decoded = new Float32Array(new SharedArrayBuffer(bytes));
  return Object.values(codecs).flatMap((codec) => {
    const words = new Int32Array(new SharedArrayBuffer(4 * codec.words(values.length)));
    codec.encode(values, words);
    return [
      {
        name: `encode ${codec.name}`,
        bytes,
        run: () => {
          codec.encode(values, words);
        },
      },
      {
        name: `decode ${codec.name}`,
        bytes,
        run: () => {
          codec.decode(words, decoded);
        },
      },
    ];
  });
}
