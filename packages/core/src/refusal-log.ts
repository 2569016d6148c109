/**
 * Whom we have refused, and why, once each: who knocks a thousand times is logged once, and a
 * stranger who finds a thousand ways to knock fills no disk and no memory.
 */
import { type Logger } from "./logger.js";

/** So many different refusals are remembered and logged. */
const mostRefusals = 100;

export class RefusalLog {
  readonly #logger: Logger;
  readonly #what: string;
  readonly #seen = new Set<string>();

  /** `what` is what they wanted, as in "a pull". */
  constructor(logger: Logger, what: string) {
    this.#logger = logger;
    this.#what = what;
  }

  /** `place` is host:port, or undefined where there is none to tell. */
  note(place: string | undefined, reason: string): void {
    // Every connection has another port.
    const host = place?.replace(/:\d+$/, "");
    const key = `${host ?? ""} ${reason}`;
    if (this.#seen.has(key) || this.#seen.size > mostRefusals) return;
    this.#seen.add(key);
    if (this.#seen.size > mostRefusals) {
      this.#logger.warn(`refused ${this.#what} for ${mostRefusals} reasons; more are not logged`);
      return;
    }
    const from = place === undefined ? "" : ` from ${place}`;
    this.#logger.warn(`refused ${this.#what}${from}: ${reason}`);
  }
}
