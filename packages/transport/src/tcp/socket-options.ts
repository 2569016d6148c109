/** On both sides. Segments are written whole, so that nothing is gained by waiting for more. */
export const socketOptions = {
  noDelay: true,
  /** A host that is cut off without a word is noticed in the end, also by who only listens. */
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
} as const;
