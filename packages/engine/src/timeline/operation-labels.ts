/**
 * What operations are called in a timeline, by id. An operation that was released is forgotten only
 * when the records that name it have been read.
 */
import { type Operation } from "@kolo/collectives";
import { hashHex } from "@kolo/core";
import { planFor, type Surroundings } from "../planning.js";
import { none } from "./track.js";

export interface OperationLabel {
  /** As in: allReduce gradients/0 */
  readonly title: string;
  readonly name: string;
  /** Of what goes in or comes out of it, whichever is more. */
  readonly bytes: number;
  /** Hash of its plan. */
  readonly plan: string;
}

interface Known {
  readonly operation: Operation;
  /** That it was given; it is part of the plan. */
  readonly segmentBytes: number | undefined;
  label?: OperationLabel;
}

export class OperationLabels {
  readonly #surroundings: Surroundings | undefined;
  readonly #isSharing: () => boolean;
  readonly #catchUp: () => void;
  readonly #known = new Map<number, Known>();
  readonly #released: number[] = [];

  /**
   * Records travel through shared memory and may be faster than the message that announces their
   * operation; `catchUp` takes the messages that are there.
   */
  constructor(
    surroundings: Surroundings | undefined,
    isSharing: () => boolean,
    catchUp: () => void = () => undefined,
  ) {
    this.#surroundings = surroundings;
    this.#isSharing = isSharing;
    this.#catchUp = catchUp;
  }

  announce(id: number, operation: Operation, segmentBytes?: number): void {
    this.#known.set(id, { operation, segmentBytes });
  }

  /** `keep` until `forgetReleased` is called. */
  release(id: number, keep: boolean): void {
    if (keep) this.#released.push(id);
    else this.#known.delete(id);
  }

  forgetReleased(): void {
    for (const id of this.#released.splice(0)) this.#known.delete(id);
  }

  /** Undefined where nothing is known of it. Made when first asked for. */
  of(id: number): OperationLabel | undefined {
    if (id === none) return undefined;
    if (!this.#known.has(id)) this.#catchUp();
    const known = this.#known.get(id);
    if (known === undefined) return undefined;
    known.label ??= this.#labelOf(known);
    return known.label;
  }

  #labelOf({ operation, segmentBytes }: Known): OperationLabel {
    const sharing = this.#isSharing();
    const { layout, hash } = planFor(operation, this.#surroundings, sharing, segmentBytes);
    const { kind, name } = operation;
    const bytes = Math.max(layout.input.count, layout.output.count) * 4;
    return { title: `${kind} ${name}`, name, bytes, plan: hashHex(hash) };
  }
}
