/** Waits for what no event tells of. Throws after a time that is too long on any machine. */
const pollMs = 10;
const deadlineMs = 30_000;

export async function eventually(
  what: string,
  isSo: () => boolean | Promise<boolean>,
): Promise<void> {
  const startMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startMs > deadlineMs) {
      throw new Error(`expected within ${deadlineMs / 1000} s that ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
