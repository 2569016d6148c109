/**
 * The plan of an operation for one rank: which algorithm, and its hash. docs/algorithms.md has the
 * steps and bytes of each.
 */
import { fnv1a, leftOf, rightOf } from "@kolo/core";
import { type Algorithm, fingerprint, type Operation } from "../operation.js";
import { doublingAllGather, doublingAllReduce, doublingBarrier } from "./doubling.js";
import { type Layout, type Plan, type Range, type Receive, type Send } from "./plan.js";
import { consecutive, evenCounts, total } from "./ranges.js";
import { allGatherHops, type Place, reduceScatterHops, type RingHalf } from "./ring.js";

export interface PlanOptions {
  /** Elements of one segment at most. */
  readonly segmentElements: number;
  /** Of what has a choice. Default "ring"; `algorithmFor` has the faster one. */
  readonly algorithm?: Algorithm;
}

/** What differs between the algorithms. */
interface Schedule extends RingHalf {
  readonly algorithm: string;
  readonly layout: Layout;
  readonly local?: Plan["local"];
  readonly folds?: Plan["folds"];
}

export function planOperation(operation: Operation, place: Place, options: PlanOptions): Plan {
  const { segmentElements } = options;
  const schedule = scheduleOf(operation, place, options);
  const reducing = "op" in operation ? operation : undefined;
  const hashed = [schedule.algorithm, place.size, segmentElements, fingerprint(operation)];
  return {
    local: [],
    folds: [],
    ...schedule,
    dtype: "dtype" in operation ? operation.dtype : "float32",
    op: reducing?.op,
    prescale: reducing?.prescale ?? 1,
    postscale: reducing?.postscale ?? 1,
    divisor: reducing?.op === "average" ? place.size : 1,
    segmentElements,
    hash: fnv1a(hashed.join(" ")),
  };
}

function scheduleOf(operation: Operation, place: Place, { algorithm }: PlanOptions): Schedule {
  // In a world of one nothing travels, and the ring's buffer is both input and output.
  const doubling = algorithm === "doubling" && place.size > 1;
  switch (operation.kind) {
    case "allReduce": {
      const plan = doubling ? doublingAllReduce : ringAllReduce;
      return plan(product(operation.shape), place);
    }
    case "reduceScatter":
      return ringReduceScatter(operation.counts, place);
    case "allGather": {
      const plan = doubling ? doublingAllGather : ringAllGather;
      return plan(operation.counts, place);
    }
    case "broadcast":
      return chainBroadcast(product(operation.shape), operation.root, place);
    case "allToAll":
      return pairwiseAllToAll(operation.splits, place);
    case "barrier":
      return doublingBarrier(place);
  }
}

function ringAllReduce(elementCount: number, place: Place): Schedule {
  const ranges = consecutive(evenCounts(elementCount, place.size));
  const scatter = reduceScatterHops(place, ranges, "gather");
  const gather = allGatherHops(place, ranges, place.size - 1);
  return {
    algorithm: "ring-all-reduce",
    layout: inPlace(elementCount),
    sends: [...scatter.sends, ...gather.sends],
    receives: [...scatter.receives, ...gather.receives],
  };
}

function ringReduceScatter(counts: readonly number[], place: Place): Schedule {
  const ranges = consecutive(counts);
  const elements = total(counts);
  return {
    algorithm: "ring-reduce-scatter",
    layout: { elements, input: whole(elements), output: own(ranges, place) },
    ...reduceScatterHops(place, ranges, "stop"),
  };
}

function ringAllGather(counts: readonly number[], place: Place): Schedule {
  const ranges = consecutive(counts);
  const elements = total(counts);
  return {
    algorithm: "ring-all-gather",
    layout: { elements, input: own(ranges, place), output: whole(elements) },
    ...allGatherHops(place, ranges, 0),
  };
}

/**
 * A pipelined chain around the ring from the root. The last rank closes it with an empty message to
 * the root, so that every link carries at least one, and a rank that takes another for the root
 * finds out.
 */
function chainBroadcast(elementCount: number, root: number, place: Place): Schedule {
  const { rank, size } = place;
  const distance = (rank - root + size) % size;
  const range = whole(elementCount);
  const nothing = { offset: 0, count: 0 };
  const receive = { peer: leftOf(place), action: "copy", finish: false } as const;
  const last = distance === size - 1;
  const sends: Send[] = [];
  const receives: Receive[] = [];
  if (size > 1 && distance === 0) {
    sends.push({ peer: rightOf(place), hop: 0, range });
    receives.push({ ...receive, hop: 0, range: nothing, forwardTo: undefined });
  } else if (size > 1) {
    const forwardTo = last ? undefined : rightOf(place);
    receives.push({ ...receive, hop: distance - 1, range, forwardTo });
    if (last) sends.push({ peer: rightOf(place), hop: 0, range: nothing });
  }
  return { algorithm: "chain-broadcast", layout: inPlace(elementCount), sends, receives };
}

/** Every part goes straight to its destination: the only algorithm that leaves the ring. */
function pairwiseAllToAll(splits: readonly (readonly number[])[], place: Place): Schedule {
  const { rank, size } = place;
  const given = consecutive(splits[rank] ?? []);
  const inputCount = total(given.map(({ count }) => count));
  const taken = consecutive(
    splits.map((row) => row[rank] ?? 0),
    inputCount,
  );
  const outputCount = total(taken.map(({ count }) => count));
  const others = Array.from({ length: size - 1 }, (_, i) => i + 1);
  return {
    algorithm: "pairwise-all-to-all",
    layout: {
      elements: inputCount + outputCount,
      input: whole(inputCount),
      output: { offset: inputCount, count: outputCount },
    },
    local: [
      {
        from: given[rank]?.offset ?? 0,
        to: taken[rank]?.offset ?? 0,
        count: given[rank]?.count ?? 0,
      },
    ],
    sends: others.map((step) => {
      const peer = (rank + step) % size;
      return { peer, hop: 0, range: given[peer] ?? whole(0) };
    }),
    receives: others.map((step) => {
      const peer = (rank - step + size) % size;
      const range = taken[peer] ?? whole(0);
      return { peer, hop: 0, range, action: "copy", finish: false, forwardTo: undefined };
    }),
  };
}

function inPlace(elements: number): Layout {
  return { elements, input: whole(elements), output: whole(elements) };
}

function whole(count: number): Range {
  return { offset: 0, count };
}

function own(ranges: readonly Range[], { rank }: Place): Range {
  return ranges[rank] ?? whole(0);
}

function product(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}
