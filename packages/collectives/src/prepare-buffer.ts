/**
 * What a rank does to its own buffer before anything travels: it prescales, moves what stays with
 * it, and, in a world of one, does all there is to do.
 */
import { type Kernels } from "@kolo/kernels";
import { type BasePlan } from "./plan/plan.js";

export interface BufferPlace {
  readonly kernels: Kernels;
  /** The arena. */
  readonly bytes: Uint8Array;
  /** Where the operation's buffer begins in it. */
  readonly byteOffset: number;
  /** Of the world. */
  readonly size: number;
}

export function prepareBuffer(
  plan: BasePlan,
  { kernels, bytes, byteOffset, size }: BufferPlace,
): void {
  const { layout, local, dtype, prescale, divisor, postscale } = plan;
  const { input } = layout;
  const start = byteOffset + input.offset * 4;
  if (prescale !== 1) kernels.scale(dtype, start, input.count, { factor: prescale, divisor: 1 });
  for (const { from, to, count } of local) {
    const source = byteOffset + from * 4;
    bytes.copyWithin(byteOffset + to * 4, source, source + count * 4);
  }
  if (size === 1) kernels.scale(dtype, start, input.count, { factor: postscale, divisor });
}
