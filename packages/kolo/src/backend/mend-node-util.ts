/**
 * tfjs-node 4 calls two functions of `util` that Node 22 warns of; Node 23 has one of them no longer
 * (tensorflow/tfjs#8425, fixed there and not released). It looks them up at each call, so it is enough
 * to have them there before it computes.
 */
import { load } from "./program-packages.js";

interface NodeUtil {
  isNullOrUndefined?: (value: unknown) => boolean;
  isArray?: (value: unknown) => boolean;
}

export function mendNodeUtil(util = load("node:util") as NodeUtil): void {
  util.isNullOrUndefined = (value) => value == null;
  util.isArray = Array.isArray;
}
