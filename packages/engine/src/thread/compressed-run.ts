/**
 * Runs a compressed operation: a hook in place of the collective, with collectives on links of its own
 * (plan-among.ts). What is compressed is what this rank would have exchanged as it is; the operation's
 * factors come before and after.
 *
 * Gradients may come in units that differ from step to step (world-weights.ts); what a hook keeps for
 * later is in units of one.
 */
import { type ExecutionTrace, type Executor, type Operation, type Plan } from "@kolo/collectives";
import {
  type Bucket,
  createHook,
  describeCompression,
  exchangeOf,
  type Group,
  type Hook,
  type HookState,
  stateOf,
} from "@kolo/compression";
import { inParts, type Logger, Pace } from "@kolo/core";
import { type Kernels } from "@kolo/kernels";
import { type CompressionPlace, planPart } from "../planning.js";
import { type HookPlacement } from "../thread-messages.js";

export interface CompressedRunOptions {
  readonly operation: Operation;
  readonly place: CompressionPlace;
  readonly hook: HookPlacement;
  /** Of the operation's buffer. */
  readonly byteOffset: number;
  readonly rank: number;
  readonly executor: Executor;
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
  readonly logger: Logger;
}

/** The collectives that a hook takes; what they reduce is theirs alone. */
type Part =
  | { readonly kind: "allReduce"; readonly shape: readonly number[] }
  | { readonly kind: "allGather"; readonly counts: readonly number[] }
  | { readonly kind: "allToAll"; readonly splits: readonly (readonly number[])[] };

export class CompressedRun {
  readonly #options: CompressedRunOptions;
  readonly #hook: Hook;
  readonly #bucket: Bucket;
  readonly #state: HookState;
  /** What was said last about what is sent. */
  #said = "";
  readonly #values: Float32Array;
  readonly #unit: Float32Array | undefined;
  readonly #pace = new Pace();
  readonly #plans = new Map<string, Plan>();
  /** What this rank would have sent without compression, in a run. */
  readonly denseBytes: number;

  constructor(options: CompressedRunOptions) {
    this.#options = options;
    const { place, hook, byteOffset, rank, memory, kernels } = options;
    const { members, slice, plan } = place;
    const { buffer } = memory;
    this.#values = new Float32Array(buffer, byteOffset + slice.offset * 4, slice.count);
    const unit = hook.unitByteOffset;
    if (unit !== undefined) this.#unit = new Float32Array(buffer, unit, 1);
    const { matrices, how } = hook;
    const [member, size] = [members.indexOf(rank), members.length];
    this.#bucket = { count: slice.count, matrices, rank: member, size };
    const state = new Float32Array(buffer, hook.state.byteOffset, hook.state.count);
    const exchange = new Int32Array(buffer, hook.exchange.byteOffset, hook.exchange.count);
    this.#state = stateOf(how, this.#bucket, state);
    this.#hook = createHook(how, this.#bucket, { state, exchange, kernels });
    this.denseBytes = sentElements(plan) * 4;
  }

  /** As `Executor.run`. */
  async run(sequence: number, trace: ExecutionTrace | undefined): Promise<void> {
    this.#say();
    const { prescale, postscale, divisor } = this.#options.place.plan;
    const unit = this.#unit?.[0] ?? 1;
    // Where nobody's gradients weigh anything, there are none.
    const divides = unit > 0 && unit !== 1;
    await this.#scale(prescale, divides ? unit : 1);
    await this.#hook.run(this.#values, this.#group(sequence, trace), this.#pace);
    await this.#scale((divides ? unit : 1) * postscale, divisor);
    trace?.mark("decode", this.#values.byteLength);
  }

  /** When it begins, and in each stage of a warm-up. */
  #say(): void {
    const { hook, operation, logger, rank } = this.#options;
    const { extent, fallsBack } = exchangeOf(hook.how, this.#bucket, this.#state.updates);
    if (extent === this.#said || rank !== 0) return;
    this.#said = extent;
    const what = `${operation.name}: ${describeCompression(hook.how)}, ${extent} elements`;
    if (fallsBack) {
      logger.warn(
        `${what} would be more bytes than all of them among ${this.#bucket.size}; they are sent as they are`,
      );
    } else {
      logger.debug(what);
    }
  }

  async #scale(factor: number, divisor: number): Promise<void> {
    const { byteOffset, length } = this.#values;
    const { kernels } = this.#options;
    const scalePart = (start: number, end: number): void => {
      kernels.scale("float32", byteOffset + start * 4, end - start, { factor, divisor });
    };
    await this.#pace.follow(inParts(length, scalePart));
  }

  #group(sequence: number, trace: ExecutionTrace | undefined): Group {
    const size = this.#options.place.members.length;
    let part = 0;
    const run = (kind: Part, array: Float32Array | Int32Array): Promise<void> => {
      trace?.mark("encode", this.#values.byteLength);
      return this.#runPart(kind, { sequence, part: part++, array });
    };
    const each = (words: number): number[] => Array<number>(size).fill(words / size);
    return {
      allReduce: (values) => run({ kind: "allReduce", shape: [values.length] }, values),
      allGather: (words) => run({ kind: "allGather", counts: each(words.length) }, words),
      allToAll: (words) => {
        const splits = each(size).map(() => each(words.length / 2));
        return run({ kind: "allToAll", splits }, words);
      },
    };
  }

  async #runPart(
    what: Part,
    run: {
      readonly sequence: number;
      readonly part: number;
      readonly array: Float32Array | Int32Array;
    },
  ): Promise<void> {
    const { executor, operation } = this.#options;
    const plan = this.#planOf(what, run.part, run.array.length);
    await executor.run(run.sequence, operation, plan, run.array.byteOffset);
  }

  #planOf(what: Part, part: number, count: number): Plan {
    const key = `${part} ${what.kind} ${count}`;
    const known = this.#plans.get(key);
    if (known !== undefined) return known;
    const { place, rank, operation } = this.#options;
    const { name } = operation;
    const reducing = { op: "sum", prescale: 1, postscale: 1 } as const;
    const plan = planPart(
      what.kind === "allReduce"
        ? { ...what, ...reducing, name, dtype: "float32" }
        : { ...what, name, dtype: "int32", rowShape: [] },
      place,
      { rank, part },
    );
    this.#plans.set(key, plan);
    return plan;
  }
}

/** What a rank's links carry for it, forwarded or its own. */
function sentElements({ sends, receives }: Plan): number {
  const own = sends.reduce((sum, { range }) => sum + range.count, 0);
  return receives.reduce(
    (sum, { forwardTo, range }) => (forwardTo === undefined ? sum : sum + range.count),
    own,
  );
}
