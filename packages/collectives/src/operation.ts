/**
 * What ranks agree to do: the operation, its description in words and its fingerprint.
 *
 * SPMD: all ranks submit the same operations in the same order. The fingerprint covers all that
 * must agree (kind, name, dtype, shape, op, factors, root, counts); it travels with every segment,
 * and the description with the first, so that a disagreement can name both sides.
 */
import { type DType, fnv1a, type ReduceOp } from "@kolo/core";

interface Named {
  /** Tells operations apart in errors and timelines; must agree across ranks. */
  readonly name: string;
}

interface Reducing {
  readonly op: ReduceOp;
  /** Every rank's elements are multiplied by this before they are reduced. */
  readonly prescale: number;
  /** The result is multiplied by this. `average` also divides by the world size. */
  readonly postscale: number;
}

/** Over links: by the fewest bytes, or in the fewest hops. */
export type Algorithm = "ring" | "doubling";

interface Choosable {
  /** Over links; for measuring. Default: what is faster for so many bytes. */
  readonly algorithm?: Algorithm;
}

/** Every rank ends with the reduction of all ranks' elements. */
export interface AllReduce extends Named, Reducing, Choosable {
  readonly kind: "allReduce";
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** What travels between hosts in place of the elements; whoever runs the operation knows more. */
  readonly compression?: { readonly kind: string };
  /**
   * Nobody waits for it before another has been started: where ranks share memory, they begin with that
   * one while links carry this one to other hosts.
   */
  readonly followed?: boolean;
}

/** Every rank ends with the root's elements. In place. */
export interface Broadcast extends Named {
  readonly kind: "broadcast";
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly root: number;
}

/** Every rank ends with all ranks' elements, in the order of ranks. */
export interface AllGather extends Named, Choosable {
  readonly kind: "allGather";
  readonly dtype: DType;
  /** Elements of each rank; the same list on every rank. */
  readonly counts: readonly number[];
  /** The dimensions that must agree: all but the first. For the fingerprint only. */
  readonly rowShape: readonly number[];
}

/** Rank r ends with the reduction of the r-th part. The input is overwritten. */
export interface ReduceScatter extends Named, Reducing {
  readonly kind: "reduceScatter";
  readonly dtype: DType;
  /** Elements of each rank's part; the same list on every rank. */
  readonly counts: readonly number[];
  readonly rowShape: readonly number[];
}

/** Rank d ends with every rank's d-th part, in the order of ranks. */
export interface AllToAll extends Named {
  readonly kind: "allToAll";
  readonly dtype: DType;
  /** splits[source][destination], in elements; the same table on every rank. */
  readonly splits: readonly (readonly number[])[];
  readonly rowShape: readonly number[];
}

/** No rank leaves before all have entered. */
export interface Barrier extends Named {
  readonly kind: "barrier";
}

export type Operation = AllReduce | Broadcast | AllGather | ReduceScatter | AllToAll | Barrier;

/** As in: allReduce "loss" float32[128,10] average */
export function describe(operation: Operation): string {
  const { kind, name } = operation;
  const shown = name.length <= 120 ? name : `${name.slice(0, 117)}...`;
  const head = `${kind} "${shown}"`;
  switch (operation.kind) {
    case "barrier":
      return head;
    case "broadcast":
      return `${head} ${shaped(operation.dtype, operation.shape)} from rank ${operation.root}`;
    case "allReduce": {
      const { dtype, shape, compression } = operation;
      const how = compression === undefined ? "" : `, ${compression.kind}`;
      return `${head} ${shaped(dtype, shape)} ${reducing(operation)}${how}`;
    }
    case "reduceScatter":
      return `${head} ${shaped(operation.dtype, ["*", ...operation.rowShape])} ${reducing(operation)}`;
    case "allGather":
    case "allToAll":
      return `${head} ${shaped(operation.dtype, ["*", ...operation.rowShape])}`;
  }
}

/** Equal on two ranks exactly when they mean the same operation (up to a hash collision). */
export function fingerprint(operation: Operation): number {
  return fnv1a(JSON.stringify(operation, sortedKeys));
}

function shaped(dtype: DType, shape: readonly (number | string)[]): string {
  return `${dtype}[${shape.join(",")}]`;
}

function reducing({ op, prescale, postscale }: Reducing): string {
  const factors = [
    ...(prescale === 1 ? [] : [`prescale ${prescale}`]),
    ...(postscale === 1 ? [] : [`postscale ${postscale}`]),
  ];
  return [op, ...factors].join(", ");
}

function sortedKeys(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
