import type * as tfjs from "@tensorflow/tfjs";
import { type Attempt, firstLineOf } from "./attempt.js";

/** tfjs' types do not tell of the null. */
export function isRegistered(tf: Pick<typeof tfjs, "findBackendFactory">, name: string): boolean {
  return (tf.findBackendFactory(name) as unknown) != null;
}

/** Sets a registered backend, and sees whether it starts, has kernels and computes. */
export async function startRegistered(tf: typeof tfjs, name: string): Promise<Attempt> {
  const failed = (why: string, cause?: unknown): Attempt => ({
    works: false,
    detail: `installed, but ${why}`,
    ...(cause !== undefined && { cause }),
  });
  try {
    if (!(await tf.setBackend(name))) return failed("it does not start");
    await tf.ready();
    if (tf.getKernelsForBackend(name).length === 0) return failed("it has no kernels");
    const eleven = tf.tidy(() => tf.matMul([[1, 2]], [[3], [4]]).dataSync()[0]);
    return eleven === 11 ? { works: true, detail: "" } : failed(`1·3 + 2·4 gives ${eleven}`);
  } catch (error) {
    return failed(`it does not compute: ${firstLineOf(error)}`, error);
  }
}
