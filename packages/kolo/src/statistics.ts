/** Where the time of this rank's steps has gone: what tsrun's summary is made of, within a program. */
import { session } from "./session.js";

export interface Statistics {
  /** Steps of distributed optimizers so far. */
  readonly steps: number;
  /** Those of them that changed nothing, because gradients were not finite (`skipNonFinite`). */
  readonly skippedSteps: number;
  /** Rows trained on, as far as `fit`, `fitDataset` and `trainOnBatch` have told. */
  readonly samples: number;
  /** Payload bytes that this rank has sent to others, by links and by shared memory. */
  readonly bytesSent: number;
  /** What they would have been without compression. */
  readonly bytesUncompressed: number;
  /** Before the optimizer had its gradients: data, forward, backward. All times are sums over steps. */
  readonly computeMs: number;
  /** Moving gradients into the arena. */
  readonly packMs: number;
  /** Blocked, on the exchange or on ranks that came later. */
  readonly waitMs: number;
  /** Moving the reduced gradients back, and applying them. */
  readonly unpackMs: number;
}

/** A copy; take two and subtract for what lies between. Throws `not_initialized`. */
export function statistics(): Statistics {
  const { meter, traffic } = session();
  const { steps, skippedSteps, samples, computeMs, packMs, waitMs, unpackMs } = meter;
  const { bytesSent, bytesUncompressed } = traffic;
  const times = { computeMs, packMs, waitMs, unpackMs };
  return { steps, skippedSteps, samples, bytesSent, bytesUncompressed, ...times };
}
