/**
 * Recursive doubling: the fewest hops, at the price of bytes. For small buffers, and barriers.
 *
 *   hop s: rank r sends all that it has to rank r + 2^s, and receives as much from rank r - 2^s
 *
 * So before hop s a rank has the parts of 2^s ranks, its own and those before it in the ring, and
 * after ceil(log2 p) hops it has everyone's, for any p: in the last hop only what is still missing
 * travels. They lie in the order of the ring,
 *
 *   buffer of rank r   part of r + 1 | r + 2 | ... | r - 1 | r | result
 *
 * so what is sent, and what is received, is one range, and none is written twice. What becomes of
 * the parts is each rank's own affair. For an all-reduce, it reduces them all, chunk by chunk, as the
 * ring would have done: chunk c begins with rank c + 1 and ends with rank c. So the bits are the ring's.
 *
 * Source: Bruck et al., "Efficient algorithms for all-to-all communications in multiport
 * message-passing systems", IEEE TPDS 8(11), 1997.
 */
import { type Plan, type Range, type Receive, type Send } from "./plan.js";
import { consecutive, evenCounts, total } from "./ranges.js";
import { type Place } from "./ring.js";

type Hops = Pick<Plan, "sends" | "receives">;
type Doubling = Hops & Pick<Plan, "algorithm" | "layout" | "folds">;

export function doublingAllReduce(elementCount: number, place: Place): Doubling {
  const { rank, size } = place;
  const parts = consecutive(Array<number>(size).fill(elementCount));
  const start = size * elementCount;
  const chunks = consecutive(evenCounts(elementCount, size));
  const folds = chunks.map(({ offset, count }, chunk) => ({
    range: { offset: start + offset, count },
    operands: chunks.map((_, step) => at(parts, chunk - rank + step).offset + offset),
  }));
  return {
    algorithm: "doubling-all-reduce",
    ...gather(place, parts),
    layout: {
      elements: start + elementCount,
      input: at(parts, -1),
      output: { offset: start, count: elementCount },
    },
    folds: folds.filter(({ range }) => range.count > 0),
  };
}

/** Two copies put the parts in the order of ranks. */
export function doublingAllGather(counts: readonly number[], place: Place): Doubling {
  const after = place.rank + 1;
  const [low, high] = [counts.slice(0, after), counts.slice(after)];
  const parts = consecutive([...high, ...low]);
  const [lows, highs, elements] = [total(low), total(high), total(counts)];
  return {
    algorithm: "doubling-all-gather",
    ...gather(place, parts),
    layout: {
      elements: 2 * elements,
      input: at(parts, -1),
      output: { offset: elements, count: elements },
    },
    folds: [
      { range: { offset: elements, count: lows }, operands: [highs] },
      { range: { offset: elements + lows, count: highs }, operands: [0] },
    ],
  };
}

/** An all-gather of nothing. */
export function doublingBarrier(place: Place): Doubling {
  const nothing = doublingAllGather(Array<number>(place.size).fill(0), place);
  return { ...nothing, algorithm: "doubling-barrier", folds: [] };
}

/** Hops that take everyone's part to everyone; `parts` in the order of the ring, the own one last. */
function gather({ rank, size }: Place, parts: readonly Range[]): Hops {
  const sends: Send[] = [];
  const receives: Receive[] = [];
  for (let hop = 0, reach = 1; reach < size; hop++, reach *= 2) {
    const many = Math.min(reach, size - reach);
    const [sent, received] = [parts.slice(size - many), parts.slice(0, size - reach).slice(-many)];
    sends.push({ peer: (rank + reach) % size, hop, range: span(sent) });
    receives.push({
      peer: (rank - reach + size) % size,
      hop,
      range: span(received),
      action: "copy",
      finish: false,
      forwardTo: undefined,
    });
  }
  return { sends, receives };
}

/** Of ranges that follow each other. */
function span(ranges: readonly Range[]): Range {
  return { offset: ranges[0]?.offset ?? 0, count: total(ranges.map(({ count }) => count)) };
}

/** Around the ring. */
function at(parts: readonly Range[], index: number): Range {
  const size = parts.length;
  return parts[((index % size) + size) % size] ?? { offset: 0, count: 0 };
}
