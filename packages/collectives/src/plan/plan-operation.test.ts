import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { type Algorithm, type Operation } from "../operation.js";
import { type Plan, type Range, type Send } from "./plan.js";
import { planOperation } from "./plan-operation.js";

const sizes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 16];
const segmentElements = 64;

/** Every element is the set of ranks that are in it, one bit each, so that nothing adds twice. */
type Buffer = bigint[];

interface Ran {
  readonly buffers: Buffer[];
  readonly plans: Plan[];
  /** Elements each rank put on the wire, and hops of the longest way. */
  readonly sent: number[];
  readonly hops: number;
}

/** Runs all ranks' plans in one place, whole ranges at a time: no executor, no transport. */
function simulate(
  operation: Operation,
  size: number,
  fill: (rank: number, i: number) => bigint,
  algorithm: Algorithm = "ring",
): Ran {
  const ranks = Array.from({ length: size }, (_, rank) => rank);
  const plans = ranks.map((rank) =>
    planOperation(operation, { rank, size }, { segmentElements, algorithm }),
  );
  const buffers = plans.map(({ layout }, rank) => {
    const buffer: Buffer = Array<bigint>(layout.elements).fill(0n);
    for (let i = 0; i < layout.input.count; i++) buffer[layout.input.offset + i] = fill(rank, i);
    return buffer;
  });
  const wires = new Map<string, { hop: number; payload: bigint[] }[]>();
  const sent = ranks.map(() => 0);
  const send = (from: number, to: number, hop: number, range: Range): void => {
    const payload = (buffers[from] ?? []).slice(range.offset, range.offset + range.count);
    sent[from] = (sent[from] ?? 0) + payload.length;
    const wire = wires.get(`${from}>${to}`) ?? [];
    wires.set(`${from}>${to}`, [...wire, { hop, payload }]);
  };
  for (const rank of ranks) {
    const [plan, buffer] = [plans[rank], buffers[rank]];
    if (plan === undefined || buffer === undefined) continue;
    for (const { from, to, count } of plan.local)
      buffer.splice(to, count, ...buffer.slice(from, from + count));
  }
  const waiting = plans.map(({ sends }) => [...sends]);
  const openHops = plans.map(({ receives }) => receives.map(({ hop }) => hop));
  const sendDue = (rank: number): void => {
    const [sends, open] = [waiting[rank] ?? [], openHops[rank] ?? []];
    while (sends[0] !== undefined && Math.min(...open, Infinity) >= sends[0].hop) {
      const { peer, hop, range } = sends.shift() as Send;
      send(rank, peer, hop, range);
    }
  };
  ranks.forEach(sendDue);
  const next = ranks.map(() => new Map<number, number>());
  let hops = 0;
  for (let moved = true; moved;) {
    moved = false;
    for (const rank of ranks) {
      const [plan, buffer, done] = [plans[rank], buffers[rank], next[rank]];
      if (plan === undefined || buffer === undefined || done === undefined) continue;
      for (const peer of new Set(plan.receives.map((receive) => receive.peer))) {
        const own = plan.receives.filter((receive) => receive.peer === peer);
        const receive = own[done.get(peer) ?? 0];
        const message = wires.get(`${peer}>${rank}`)?.shift();
        if (message === undefined) continue;
        expect(receive).toMatchObject({
          hop: message.hop,
          range: { count: message.payload.length },
        });
        if (receive === undefined) continue;
        moved = true;
        hops = Math.max(hops, message.hop + 1);
        done.set(peer, (done.get(peer) ?? 0) + 1);
        message.payload.forEach((value, i) => {
          const index = receive.range.offset + i;
          const before = buffer[index] ?? 0n;
          if (receive.action === "reduce" && (before & value) !== 0n)
            throw new Error("added twice");
          buffer[index] = receive.action === "reduce" ? before | value : value;
        });
        if (receive.forwardTo !== undefined) {
          send(rank, receive.forwardTo, receive.hop + 1, receive.range);
        }
        openHops[rank]?.splice(openHops[rank].indexOf(receive.hop), 1);
        sendDue(rank);
      }
    }
  }
  expect(waiting.flat()).toEqual([]);
  for (const [rank, { folds }] of plans.entries()) {
    const buffer = buffers[rank] ?? [];
    for (const { range, operands } of folds) {
      for (let i = 0; i < range.count; i++) {
        buffer[range.offset + i] = operands.reduce((before, operand) => {
          const value = buffer[operand + i] ?? 0n;
          if ((before & value) !== 0n) throw new Error("added twice");
          return before | value;
        }, 0n);
      }
    }
  }
  for (const [rank, plan] of plans.entries()) {
    const received = [...(next[rank]?.values() ?? [])].reduce((a, b) => a + b, 0);
    expect(received).toBe(plan.receives.length);
  }
  expect([...wires.values()].flat()).toEqual([]);
  expect(new Set(plans.map(({ hash }) => hash)).size).toBe(1);
  return { buffers, plans, sent, hops };
}

const output = ({ buffers, plans }: Ran, rank: number): bigint[] => {
  const { offset = 0, count = 0 } = plans[rank]?.layout.output ?? {};
  return (buffers[rank] ?? []).slice(offset, offset + count);
};
const indexesOf = ({ offset, count }: Range): number[] =>
  Array.from({ length: count }, (_, i) => offset + i);
const sum = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0);
/** What waits to be sent stays as it is: what was received is not written again. */
const expectNothingWrittenTwice = ({ plans }: Ran): void => {
  for (const { receives, folds } of plans) {
    const indexes = [...receives, ...folds].flatMap(({ range }) => indexesOf(range));
    expect(new Set(indexes).size).toBe(indexes.length);
  }
};
const algorithms = ["ring", "doubling"] as const;
const reducing = { op: "sum", prescale: 1, postscale: 1 } as const;
const common = { name: "x", dtype: "float32" } as const;
const bit = (rank: number): bigint => 1n << BigInt(rank);
const all = (size: number): bigint => (1n << BigInt(size)) - 1n;

describe.each(sizes)("plans for a world of %i", (size) => {
  const ranks = Array.from({ length: size }, (_, rank) => rank);
  const fewestHops = Math.ceil(Math.log2(size));
  const counts = fc.array(fc.nat(9), { minLength: size, maxLength: size });

  it.each([...new Set([0, 1, size - 1, size, size + 1, 10_000])])(
    "all-reduce %i elements in 2(p-1) hops and 2n(p-1)/p elements a rank",
    (n) => {
      const ran = simulate({ ...common, ...reducing, kind: "allReduce", shape: [n] }, size, bit);
      for (const rank of ranks) expect(output(ran, rank)).toEqual(Array(n).fill(all(size)));
      expect(ran.hops).toBe(2 * (size - 1));
      expect(sum(ran.sent)).toBe(2 * n * (size - 1));
      for (const sent of ran.sent) {
        expect(Math.abs(sent - (2 * n * (size - 1)) / size)).toBeLessThanOrEqual(2);
      }
    },
  );

  it.each([...new Set([0, 1, size - 1, size, size + 1, 1000])])(
    "all-reduce %i elements in the fewest hops, sending n(p-1) elements a rank",
    (n) => {
      const operation = { ...common, ...reducing, kind: "allReduce", shape: [n] } as const;
      const ran = simulate(operation, size, bit, "doubling");
      for (const rank of ranks) expect(output(ran, rank)).toEqual(Array(n).fill(all(size)));
      expect(ran.hops).toBe(fewestHops);
      expect(ran.sent).toEqual(ranks.map(() => n * (size - 1)));
      expectNothingWrittenTwice(ran);
    },
  );

  it("finish every chunk once, at its owner", () => {
    const { plans } = simulate(
      { ...common, ...reducing, kind: "allReduce", shape: [size] },
      size,
      bit,
    );
    const finished = plans.flatMap(({ receives }) => receives.filter(({ finish }) => finish));
    const offsets = finished.map(({ range }) => range.offset).sort((a, b) => a - b);
    expect(offsets).toEqual(size === 1 ? [] : ranks);
  });

  it("reduce-scatter to parts of any size", () => {
    fc.assert(
      fc.property(counts, (parts) => {
        const ran = simulate(
          { ...common, ...reducing, kind: "reduceScatter", counts: parts, rowShape: [] },
          size,
          bit,
        );
        for (const rank of ranks) {
          expect(output(ran, rank)).toEqual(Array(parts[rank] ?? 0).fill(all(size)));
        }
        expect(sum(ran.sent)).toBe(sum(parts) * (size - 1));
        expect(ran.hops).toBe(size - 1);
      }),
      { numRuns: 20 },
    );
  });

  it.each(algorithms)("gather parts of any size in the order of ranks (%s)", (algorithm) => {
    fc.assert(
      fc.property(counts, (parts) => {
        const ran = simulate(
          { ...common, kind: "allGather", counts: parts, rowShape: [] },
          size,
          (rank, i) => BigInt(rank * 100 + i),
          algorithm,
        );
        const expected = parts.flatMap((count, rank) =>
          Array.from({ length: count }, (_, i) => BigInt(rank * 100 + i)),
        );
        for (const rank of ranks) expect(output(ran, rank)).toEqual(expected);
        expect(sum(ran.sent)).toBe(sum(parts) * (size - 1));
        expect(ran.hops).toBe(algorithm === "ring" ? size - 1 : fewestHops);
        expectNothingWrittenTwice(ran);
      }),
      { numRuns: 20 },
    );
  });

  it("broadcast from every root, and each link carries a message", () => {
    for (const root of ranks) {
      const ran = simulate({ ...common, kind: "broadcast", shape: [10], root }, size, bit);
      for (const rank of ranks) expect(output(ran, rank)).toEqual(Array(10).fill(bit(root)));
      expect(sum(ran.sent)).toBe(10 * (size - 1));
      for (const { receives } of ran.plans) expect(receives).toHaveLength(size === 1 ? 0 : 1);
    }
  });

  it("exchange parts of any size, each once over the wire", () => {
    fc.assert(
      fc.property(fc.array(counts, { minLength: size, maxLength: size }), (splits) => {
        const ran = simulate(
          { ...common, kind: "allToAll", splits, rowShape: [] },
          size,
          (rank, i) => BigInt(rank * 1000 + i),
        );
        for (const to of ranks) {
          const expected = splits.flatMap((row, from) => {
            const start = sum(row.slice(0, to));
            return Array.from({ length: row[to] ?? 0 }, (_, i) => BigInt(from * 1000 + start + i));
          });
          expect(output(ran, to)).toEqual(expected);
        }
        const kept = sum(ranks.map((rank) => splits[rank]?.[rank] ?? 0));
        expect(sum(ran.sent)).toBe(sum(splits.flat()) - kept);
      }),
      { numRuns: 20 },
    );
  });

  it("pass a barrier in the fewest hops, of nothing", () => {
    const ran = simulate({ kind: "barrier", name: "x" }, size, bit);
    expect(ran.hops).toBe(fewestHops);
    expect(sum(ran.sent)).toBe(0);
  });
});

describe("the hash of a plan", () => {
  const hash = (change: object, options: object = {}): number =>
    planOperation(
      { ...common, ...reducing, kind: "allReduce", shape: [8], ...change },
      { rank: 0, size: 2 },
      { segmentElements, ...options },
    ).hash;

  it("changes with the algorithm", () => {
    expect(hash({}, { algorithm: "doubling" })).not.toBe(hash({}));
  });

  it.each([{ dtype: "int32" }, { op: "max" }, { shape: [9] }, { prescale: 2 }, { name: "y" }])(
    "changes with %j",
    (change) => {
      expect(hash(change)).not.toBe(hash({}));
      expect(hash(change)).toBe(hash(change));
    },
  );
});
