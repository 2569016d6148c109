/**
 * Puts a clock around everything a step calls: each kernel of the active backend, the two halves of
 * the optimizer, and the main thread's wait for the communication thread. For one process, for good:
 * a profiled process trains a little slower and is not the one whose rate is reported.
 */
import type * as tfjs from "@tensorflow/tfjs";
import { type ProfileRow } from "./profile-row.js";
import { TimeLedger } from "./time-ledger.js";

export interface StepProfile {
  beginStep(): void;
  endStep(): void;
  /** Forgets what was: the warm-up is over. */
  reset(): void;
  rows(): ProfileRow[];
}

/** `optimizer` is the inner one, before it is wrapped. Call it when the backend is chosen. */
export function profileSteps(tf: typeof tfjs, optimizer: tfjs.Optimizer): StepProfile {
  const ledger = new TimeLedger();
  timeKernels(tf, ledger);
  timeWaits(ledger);

  const computeGradients = optimizer.computeGradients.bind(optimizer);
  optimizer.computeGradients = (...args) => {
    ledger.enter("gradients");
    const result = computeGradients(...args);
    ledger.enter("exchange");
    return result;
  };
  const applyGradients = optimizer.applyGradients.bind(optimizer);
  optimizer.applyGradients = (gradients) => {
    ledger.enter("optimizer");
    applyGradients(gradients);
    ledger.enter("around");
  };
  return ledger;
}

function timeKernels(tf: typeof tfjs, ledger: TimeLedger): void {
  const backendName = tf.getBackend();
  for (const kernel of tf.getKernelsForBackend(backendName)) {
    tf.unregisterKernel(kernel.kernelName, backendName);
    tf.registerKernel({
      ...kernel,
      kernelFunc: (call) => ledger.run(kernel.kernelName, () => kernel.kernelFunc(call)),
    });
  }
}

function timeWaits(ledger: TimeLedger): void {
  const wait = Atomics.wait.bind(Atomics);
  Atomics.wait = ((...args: Parameters<typeof wait>) =>
    ledger.run("waiting for the all-reduce", () => wait(...args))) as typeof Atomics.wait;
}
