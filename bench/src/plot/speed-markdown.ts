/** The generated part of docs/speed.md: the plot, the table behind it, and where the time goes. Pure. */
import { type ProfileRow } from "../training/profile/profile-row.js";
import { type TrainingRow } from "../training/training-row.js";
import { originText } from "./chapter.js";
import { markdownTable } from "./markdown-table.js";
import { baselineNote, rateText, speedGroups } from "./speed-bars.js";

/** Ops below this share of the step are one row together. */
const leastShare = 0.01;

export function speedMarkdown(rows: readonly TrainingRow[], plotName: string): string {
  const [first] = rows;
  if (first === undefined) throw new Error("expected measurements, got none");
  const groups = speedGroups(rows);
  const profiled = rows.find((row) => row.backend === "wasm" && row.np === 1 && row.profile);
  return [
    `![Samples per second by backend and number of ranks](${plotName})`,
    speedTable(rows),
    ...(groups.some(({ impl }) => impl === "tfjs")
      ? [baselineNote.replace("* as", "\\* As") + "."]
      : []),
    ...originText(first),
    ...(profiled?.profile === undefined
      ? []
      : [
          "And this is where one step of one rank on wasm goes (with a clock around every kernel):",
          profileTable(profiled.profile),
        ]),
  ].join("\n\n");
}

function speedTable(rows: readonly TrainingRow[]): string {
  const withTorch = rows.some((row) => row.impl === "torch");
  const cells = speedGroups(rows).flatMap(({ title, rows: own }) =>
    own.map((row) => [
      title.replace("*", "\\*"),
      String(row.np),
      rateText(row.samplesPerSecond),
      row.np === 1 ? "" : row.efficiency.toFixed(2),
      ...(withTorch ? [row.ratioToTorch?.toFixed(2) ?? ""] : []),
    ]),
  );
  return markdownTable(
    [
      { title: "", align: "left" },
      { title: "ranks", align: "right" },
      { title: "samples/s", align: "right" },
      { title: "efficiency", align: "right" },
      ...(withTorch ? [{ title: "× PyTorch", align: "right" } as const] : []),
    ],
    cells,
  );
}

function profileTable(profile: readonly ProfileRow[]): string {
  const shown = profile.filter((row) => row.share >= leastShare);
  const hidden = profile.filter((row) => row.share < leastShare);
  const sum = (pick: (row: ProfileRow) => number): number =>
    hidden.reduce((total, row) => total + pick(row), 0);
  const cells = shown.map(({ phase, op, callsPerStep, msPerStep, share }) => [
    phase,
    op,
    callsPerStep === 0 ? "" : callsPerStep.toFixed(0),
    msPerStep.toFixed(2),
    percent(share),
  ]);
  const rest = [
    "",
    `${hidden.length} others`,
    sum((row) => row.callsPerStep).toFixed(0),
    sum((row) => row.msPerStep).toFixed(2),
    percent(sum((row) => row.share)),
  ];
  return markdownTable(
    [
      { title: "phase", align: "left" },
      { title: "op", align: "left" },
      { title: "calls", align: "right" },
      { title: "ms", align: "right" },
      { title: "share", align: "right" },
    ],
    [...cells, rest],
  );
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}
