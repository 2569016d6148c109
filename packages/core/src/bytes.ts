/** Sizes as people write them: "25MiB". */
const units: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** "4KiB" → 4096. A bare number is bytes. Undefined for what is no size. */
export function parseBytes(text: string): number | undefined {
  const [, digits, unit = "B"] = /^(\d+)\s*([KMG]iB|B)?$/.exec(text.trim()) ?? [];
  const factor = units[unit];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

/** In the largest unit that leaves no remainder: 4096 → "4 KiB". */
export function formatBytes(bytes: number): string {
  for (const unit of ["GiB", "MiB", "KiB"]) {
    const factor = units[unit] ?? 1;
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor} ${unit}`;
  }
  return `${bytes} B`;
}
