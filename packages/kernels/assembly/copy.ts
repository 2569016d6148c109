/** The C library's memmove: JavaScript's own moves in shared memory go word by word. */
export function copy(target: usize, source: usize, bytes: usize): void {
  memory.copy(target, source, bytes);
}
