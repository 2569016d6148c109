/** The engine between `init()` and `shutdown()`: the state of this package. */
import { KoloError, type World } from "@kolo/core";
import { type Engine } from "@kolo/engine";

let engine: Engine | undefined;
let lastWorld: World | undefined;
let seed: number | undefined;

/** The running engine; throws `not_initialized` before `init()` and after `shutdown()`. */
export function session(): Engine {
  if (engine === undefined) {
    throw new KoloError(
      "not_initialized",
      "expected `await kolo.init()` before this call, and no `kolo.shutdown()` since",
    );
  }
  return engine;
}

export function currentSession(): Engine | undefined {
  return engine;
}

/** The job's seed, where one was given to tsrun or to `init()`. */
export function sessionSeed(): number | undefined {
  return seed;
}

export function setSession(next: Engine | undefined, nextSeed?: number): void {
  engine = next;
  seed = nextSeed;
  lastWorld = next?.world ?? lastWorld;
}

/** Who this rank is; still known after `shutdown()`, so that a script can print on rank 0 at its end. */
export function sessionWorld(): World {
  return lastWorld ?? session().world;
}
