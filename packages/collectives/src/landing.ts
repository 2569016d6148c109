/**
 * Where segments land in the arena, and what is made of them there: a copy arrives where it stays, an
 * operand in the scratch, from which it is reduced into the buffer.
 */
import { type Kernels } from "@kolo/kernels";
import { type IncomingSegment, type SegmentHeader } from "@kolo/transport";
import { kernelOpOf, type Receive } from "./plan/plan.js";
import { type Run } from "./run.js";

export interface LandingOptions {
  /** The arena. */
  readonly memory: SharedArrayBuffer | ArrayBuffer;
  /** Over that memory. */
  readonly kernels: Kernels;
  /** Where received segments wait to be reduced: room for one, nobody else writes there. */
  readonly scratchByteOffset: number;
}

export class Landing {
  readonly #options: LandingOptions;
  readonly #bytes: Uint8Array;

  constructor(options: LandingOptions) {
    this.#options = options;
    this.#bytes = new Uint8Array(options.memory);
  }

  /** Where `apply` wants the payload to be, if it does not mind that the transport puts it there. */
  place(run: Run, receive: Receive, segment: SegmentHeader): Uint8Array | undefined {
    const byteCount = segment.count * 4;
    if (receive.action === "copy") {
      const start = targetOf(run, receive, segment);
      return this.#bytes.subarray(start, start + byteCount);
    }
    // There is room for one: where several peers send operands, they are copied there in turn.
    if (!run.operandsOfOnePeer) return undefined;
    const { scratchByteOffset } = this.#options;
    return this.#bytes.subarray(scratchByteOffset, scratchByteOffset + byteCount);
  }

  apply(run: Run, receive: Receive, segment: IncomingSegment): void {
    const target = targetOf(run, receive, segment);
    if (receive.action === "copy") {
      this.#bring(segment, target);
      return;
    }
    const { scratchByteOffset, kernels } = this.#options;
    const { plan } = run;
    const { dtype, postscale, divisor } = plan;
    const { count } = segment;
    this.#bring(segment, scratchByteOffset);
    kernels.reduce(kernelOpOf(plan), dtype, target, target, scratchByteOffset, count);
    if (receive.finish) kernels.scale(dtype, target, count, { factor: postscale, divisor });
  }

  /** Reduces what could not be before all of it was there. */
  fold({ plan, base }: Run): void {
    const { kernels } = this.#options;
    const { dtype, postscale: factor, divisor } = plan;
    const op = kernelOpOf(plan);
    for (const { range, operands } of plan.folds) {
      const { count } = range;
      const target = (base + range.offset) * 4;
      const [first = 0, ...others] = operands;
      let reduced = (base + first) * 4;
      if (others.length === 0) kernels.copy(target, reduced, count * 4);
      for (const other of others) {
        kernels.reduce(op, dtype, target, (base + other) * 4, reduced, count);
        reduced = target;
      }
      kernels.scale(dtype, target, count, { factor, divisor });
    }
  }

  /** Copies the payload there, unless the transport has put it there. */
  #bring({ message, payloadOffset, count }: IncomingSegment, target: number): void {
    const isThere =
      message.buffer === this.#options.memory && message.byteOffset + payloadOffset === target;
    if (!isThere) message.copy(this.#bytes, target, payloadOffset, payloadOffset + count * 4);
  }
}

/** Which byte of the arena a segment belongs at. */
function targetOf({ base }: Run, { range }: Receive, { offset }: SegmentHeader): number {
  return (base + range.offset + offset) * 4;
}
