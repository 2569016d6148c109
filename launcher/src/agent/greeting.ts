/**
 * How an agent's output begins. What a login shell says before it (a greeting in .bashrc, a warning
 * of a module system) is no part of it, is skipped, and is kept to be shown if nothing else comes.
 */
export const greeting = Buffer.from("\nkolo-agent 1\n");

/** More than this before the greeting, and there is none. */
export const maxNoiseBytes = 64 * 1024;

export class GreetingFinder {
  #noise: Buffer = Buffer.alloc(0);
  #found = false;

  /** Undefined until it is found; then what follows it. Throws RangeError where it never comes. */
  push(chunk: Buffer): Buffer | undefined {
    if (this.#found) return chunk;
    const bytes = Buffer.concat([this.#noise, chunk]);
    const at = bytes.indexOf(greeting);
    if (at >= 0) {
      this.#found = true;
      this.#noise = bytes.subarray(0, at);
      return bytes.subarray(at + greeting.length);
    }
    this.#noise = bytes.subarray(0, maxNoiseBytes);
    if (bytes.length > maxNoiseBytes)
      throw new RangeError("expected the greeting of an agent, got something else without end");
    return undefined;
  }

  /** What came before it. */
  get noise(): string {
    return this.#noise.toString("utf8").trim();
  }
}
