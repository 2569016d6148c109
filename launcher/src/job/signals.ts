const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Hands every signal that should end tsrun to `handle`, until the returned function is called. */
export function onEndingSignals(handle: (signal: NodeJS.Signals) => void): () => void {
  for (const signal of endingSignals) process.on(signal, handle);
  return () => {
    for (const signal of endingSignals) process.off(signal, handle);
  };
}
