/** Between a backend's memory, which is not shared, and the arena, which is. */
import { type MicroCase } from "./micro-case.js";

export function packCases(bytes: number): MicroCase[] {
  const heap = new Float32Array(bytes / 4).fill(1);
  const arena = new Float32Array(new SharedArrayBuffer(bytes));
  return [
    {
      name: "pack, heap to arena",
      bytes,
      run: () => {
        arena.set(heap);
      },
    },
    {
      name: "unpack, arena to heap",
      bytes,
      run: () => {
        heap.set(arena);
      },
    },
  ];
}
