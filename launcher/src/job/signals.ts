const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Hands every signal that should end tsrun to `handle`, until the returned function is called. */
export function onEndingSignals(handle: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of endingSignals) process.on(signal, handle);
  return () => {
    for (const signal of endingSignals) process.off(signal, handle);
  };
}

/** tsrun was told to end while there were no ranks to see off. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor(readonly signal: NodeJS.Signals) {
    super(`ended by ${signal}`);
  }
}

export interface EarlyEnd {
  /** Aborted by the first signal that should end tsrun, with Interrupted as the reason. */
  readonly signal: AbortSignal;
  /** From now on signals are someone else's to handle. */
  readonly handOver: () => void;
}

/** For as long as there are no ranks. A second signal ends tsrun as it would any program. */
export function watchForEarlyEnd(): EarlyEnd {
  const controller = new AbortController();
  const handOver = onEndingSignals((signal) => {
    handOver();
    controller.abort(new Interrupted(signal));
  });
  return { signal: controller.signal, handOver };
}

/** Rejects with the reason of an abort; else never settles. */
export function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason as Error);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}
