/** What the bench prints: the table, the ratios that matter, and where a step's time goes. */
import { nameOf } from "./contender.js";
import { profileText } from "./profile/profile-text.js";
import { ratioText, type TrainingRow } from "./training-row.js";

export function printReport(rows: readonly TrainingRow[], torchVersion: string | undefined): void {
  const [first] = rows;
  if (first === undefined) return;
  console.log(`\n${first.host}, ${first.date}, commit ${first.commit}`);
  if (torchVersion !== undefined) console.log(`PyTorch ${torchVersion}, one thread a rank`);
  console.table(
    rows.map(({ impl, backend, kernels, np, ...row }) => ({
      ...{ impl, backend, kernels, np },
      samplesPerSecond: Number(row.samplesPerSecond.toFixed(1)),
      efficiency: Number(row.efficiency.toFixed(3)),
      msPerStep: Number(row.msPerStep.toFixed(1)),
      ...(row.ratioToTorch !== undefined && { ratioToTorch: Number(row.ratioToTorch.toFixed(3)) }),
    })),
  );

  const kolo = rows.filter((row) => row.impl === "kolo");
  for (const row of kolo) {
    const torch = rows.find((other) => other.impl === "torch" && other.np === row.np);
    if (torch) console.log(`${nameOf(row)}: ${ratioText(row, torch)} × torch`);
  }
  const baseline = rows.find((row) => row.impl === "tfjs");
  const alone = kolo.find((row) => row.backend === "wasm" && row.np === 1);
  if (baseline && alone) {
    console.log(`${nameOf(alone)}: ${ratioText(alone, baseline)} × ${nameOf(baseline)}`);
  }
  for (const row of rows.filter(({ np }) => np > 1)) {
    const one = rows.find(
      (other) => other.np === 1 && other.impl === row.impl && other.backend === row.backend,
    );
    if (one) console.log(`${nameOf(row)}: efficiency ${ratioText(row, one, 1 / row.np)}`);
  }

  for (const row of rows) {
    if (row.profile === undefined) continue;
    console.log(`\nwhere a step's time goes: ${nameOf(row)}, rank 0, under the profiler`);
    console.log(profileText(row.profile));
  }
}
