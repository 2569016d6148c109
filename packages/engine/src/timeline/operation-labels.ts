/**
 * What the operations of a timeline are called, by id. A record may be faster than the message that
 * announces its operation, and an operation may be released before its records are written: so names
 * are written for themselves, once each, and found by the records when the trace is made.
 */
import { type Operation } from "@kolo/collectives";
import { hashHex, type NamedOperation, type OperationLabel } from "@kolo/core";
import { planFor, type Surroundings } from "../planning.js";

interface Announced {
  readonly id: number;
  readonly operation: Operation;
  /** That it was given; it is part of the plan. */
  readonly segmentBytes: number | undefined;
}

export class OperationLabels {
  readonly #surroundings: Surroundings | undefined;
  readonly #isSharing: () => boolean;
  readonly #known = new Map<number, Announced>();
  /** Announced and not yet taken; undefined while nothing is recorded. */
  #news: Announced[] | undefined;

  constructor(surroundings: Surroundings | undefined, isSharing: () => boolean) {
    this.#surroundings = surroundings;
    this.#isSharing = isSharing;
  }

  /** A timeline begins, which may meet everything that is known. */
  begin(): void {
    this.#news = [...this.#known.values()];
  }

  end(): void {
    this.#news = undefined;
  }

  announce(id: number, operation: Operation, segmentBytes?: number): void {
    const announced = { id, operation, segmentBytes };
    this.#known.set(id, announced);
    this.#news?.push(announced);
  }

  release(id: number): void {
    this.#known.delete(id);
  }

  /** Each once in a timeline, in the order in which they were announced. */
  take(): NamedOperation[] {
    const news = this.#news?.splice(0) ?? [];
    return news.map((announced) => ({ id: announced.id, label: this.#labelOf(announced) }));
  }

  #labelOf({ operation, segmentBytes }: Announced): OperationLabel {
    const sharing = this.#isSharing();
    const { layout, hash } = planFor(operation, this.#surroundings, sharing, segmentBytes);
    const { kind, name } = operation;
    const bytes = Math.max(layout.input.count, layout.output.count) * 4;
    return { title: `${kind} ${name}`, name, bytes, plan: hashHex(hash) };
  }
}
