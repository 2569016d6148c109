/** What users may pass as `callbacks`, as one array of instances. */
import * as tf from "@tensorflow/tfjs";

/** `BaseCallback`, which tfjs does not export. */
export type CallbackInstance = NonNullable<Parameters<tf.LayersModel["fitLoop"]>[6]>[number];
type YieldEvery = ConstructorParameters<typeof tf.CustomCallback>[1];

/**
 * As tfjs does it, but for any mixture: plain objects become `tf.CustomCallback`s. tfjs looks at the
 * first element only, and then throws on a plain object behind an instance, or the other way round.
 */
export function normalizeCallbacks(callbacks: unknown, yieldEvery: YieldEvery): CallbackInstance[] {
  // Like tfjs: without callbacks an empty one is there all the same, for it yields to the event loop.
  const list: unknown[] = Array.isArray(callbacks) ? callbacks : [callbacks ?? {}];
  return list
    .filter((callback) => callback != null)
    .map((callback) =>
      isInstance(callback) ? callback : new tf.CustomCallback(callback, yieldEvery),
    );
}

// Not instanceof: an instance of another copy of tfjs serves as well.
function isInstance(callback: object): callback is CallbackInstance {
  return "setParams" in callback && "setModel" in callback;
}
