/** A receiver for tests that keeps a copy of all it accepts, and holds or refuses when told. */
import { elementBytes, type KoloError } from "@kolo/core";
import { type IncomingSegment, type Receiver } from "../link.js";

export type Collected = Omit<IncomingSegment, "message" | "payloadOffset"> & {
  readonly peer: number;
  readonly payload: Buffer;
};

export class Collector implements Receiver {
  readonly collected: Collected[] = [];
  readonly failures: KoloError[] = [];
  /** How often a segment was offered, held ones included. */
  offers = 0;
  /** Says "not yet" to everything. */
  isHolding = false;
  /** Thrown at the next segment. */
  refusal: Error | undefined;
  #waiters: { condition: () => boolean; resolve: () => void }[] = [];

  accept(peer: number, segment: IncomingSegment): boolean {
    this.offers++;
    const { message, payloadOffset, ...header } = segment;
    if (!this.isHolding && this.refusal === undefined) {
      const payload = message.subarray(payloadOffset, payloadOffset + header.count * elementBytes);
      this.collected.push({ ...header, peer, payload: Buffer.from(payload) });
    }
    this.#settle();
    if (this.refusal !== undefined) throw this.refusal;
    return !this.isHolding;
  }

  fail(_peer: number, error: KoloError): void {
    this.failures.push(error);
    this.#settle();
  }

  /** Resolves when so many segments are there. */
  async has(count: number): Promise<void> {
    await this.until(() => this.collected.length >= count);
  }

  /** Resolves with the first failure. */
  async failure(): Promise<KoloError> {
    await this.until(() => this.failures.length > 0);
    const [first] = this.failures;
    if (first === undefined) throw new Error("there is no failure");
    return first;
  }

  /** Resolves when the condition holds; it is asked again whenever something arrives. */
  until(condition: () => boolean): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiters.push({ condition, resolve });
    });
  }

  #settle(): void {
    this.#waiters = this.#waiters.filter(({ condition, resolve }) => {
      if (!condition()) return true;
      resolve();
      return false;
    });
  }
}
