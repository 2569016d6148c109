const units: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** "4KiB" → 4096. A bare number is bytes. */
export function parseBytes(text: string): number {
  const [, digits, unit = "B"] = /^(\d+)\s*([KMG]iB|B)?$/.exec(text.trim()) ?? [];
  const factor = units[unit];
  if (digits === undefined || factor === undefined) {
    throw new Error(`expected a size such as 4096, 4KiB or 25MiB, got "${text}"`);
  }
  return Number(digits) * factor;
}

export function formatBytes(bytes: number): string {
  for (const unit of ["GiB", "MiB", "KiB"]) {
    const factor = units[unit] ?? 1;
    if (bytes >= factor && bytes % factor === 0) return `${bytes / factor} ${unit}`;
  }
  return `${bytes} B`;
}
