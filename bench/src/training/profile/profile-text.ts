/** A profile as a table for the terminal. */
import { type ProfileRow } from "./profile-row.js";

/** Rows below this share of the step are added up, by phase. */
const leastShare = 0.004;

export function profileText(profile: readonly ProfileRow[]): string {
  const rows = withSmallOnesMerged(profile);
  const width = Math.max(...rows.map(({ op }) => op.length));
  const lines = rows.map(({ phase, op, callsPerStep, msPerStep, share }, index) =>
    [
      (rows[index - 1]?.phase === phase ? "" : phase).padEnd(9),
      op.padEnd(width),
      (callsPerStep === 0 ? "" : `${Number(callsPerStep.toFixed(1))} ×`).padStart(7),
      `${msPerStep.toFixed(2)} ms`.padStart(9),
      `${(100 * share).toFixed(1)} %`.padStart(6),
    ].join("  "),
  );
  const totalMs = profile.reduce((sum, row) => sum + row.msPerStep, 0);
  const total = `${"".padEnd(9)}  ${"a step".padEnd(width)}  ${"".padStart(7)}  ${`${totalMs.toFixed(2)} ms`.padStart(9)}`;
  return [...lines, total].map((line) => `  ${line}`).join("\n");
}

function withSmallOnesMerged(profile: readonly ProfileRow[]): ProfileRow[] {
  const merged: ProfileRow[] = [];
  for (const phase of new Set(profile.map((row) => row.phase))) {
    const rows = profile.filter((row) => row.phase === phase);
    const small = rows.filter((row) => row.share < leastShare);
    merged.push(...(small.length > 1 ? rows.filter((row) => row.share >= leastShare) : rows));
    if (small.length <= 1) continue;
    const sum = (pick: (row: ProfileRow) => number) =>
      small.reduce((total, row) => total + pick(row), 0);
    merged.push({
      phase,
      op: `${small.length} others`,
      callsPerStep: sum((row) => row.callsPerStep),
      msPerStep: sum((row) => row.msPerStep),
      share: sum((row) => row.share),
    });
  }
  return merged;
}
