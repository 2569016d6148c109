/** What the plot and the tables have in common: rows by implementation, in the order to show. Pure. */
import { type CollectiveRow } from "../collectives/collective-row.js";
import { nameOf } from "../collectives/contender.js";

export interface Series {
  /** "kolo-arena shm". */
  readonly name: string;
  readonly impl: CollectiveRow["impl"];
  readonly transport: string;
  /** By bytes, ascending. */
  readonly rows: readonly CollectiveRow[];
}

const order = [
  ...["kolo-arena shm", "kolo-arena tcp", "kolo-arena grpc", "kolo shm", "kolo tcp", "kolo grpc"],
  ...["gloo", "openmpi-shm", "openmpi-tcp", "tensorflow", "memory-limit"],
];

/** Ours first, the limit last. */
export function seriesOf(rows: readonly CollectiveRow[]): Series[] {
  const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : Infinity);
  return [...new Set(rows.map(nameOf))]
    .sort((a, b) => place(a) - place(b))
    .flatMap((name): Series[] => {
      const own = rows.filter((row) => nameOf(row) === name).sort((a, b) => a.bytes - b.bytes);
      const [first] = own;
      if (first === undefined) return [];
      return [{ name, impl: first.impl, transport: first.transport, rows: own }];
    });
}

/** The rows of the page: one operator and type, sums of float32 where there are such. */
export function shownRows(rows: readonly CollectiveRow[]): CollectiveRow[] {
  const isUsual = (row: CollectiveRow): boolean => row.op === "sum" && row.dtype === "float32";
  const one = rows.find(isUsual) ?? rows[0];
  return rows.filter((row) => row.op === one?.op && row.dtype === one.dtype);
}

export function ascending(values: readonly number[]): number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}
