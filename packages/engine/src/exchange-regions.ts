/**
 * Where hooks exchange. Operations run one after the other, and what a hook exchanges is garbage between
 * its runs, so all of them do it in the same place: as large as the largest of them wants it.
 *
 * A place is never moved, since the other thread may be at work in it. Who wants more than there is gets
 * a larger one, which then serves all who come later, and a region goes when nobody is left in it.
 */
import { type Arena } from "./arena.js";

export interface ExchangeRegion {
  readonly byteOffset: number;
  readonly release: () => void;
}

interface Shared {
  readonly byteOffset: number;
  readonly bytes: number;
  users: number;
}

export class ExchangeRegions {
  readonly #arena: Arena;
  readonly #regions = new Set<Shared>();

  constructor(arena: Arena) {
    this.#arena = arena;
  }

  /** Throws `arena_exhausted`. */
  take(bytes: number): ExchangeRegion {
    const region = [...this.#regions].find((one) => one.bytes >= bytes) ?? this.#create(bytes);
    region.users++;
    return {
      byteOffset: region.byteOffset,
      release: () => {
        if (--region.users > 0) return;
        this.#regions.delete(region);
        this.#arena.free(region.byteOffset, region.bytes);
      },
    };
  }

  #create(bytes: number): Shared {
    const region = { byteOffset: this.#arena.allocate(bytes), bytes, users: 0 };
    this.#regions.add(region);
    return region;
  }
}
