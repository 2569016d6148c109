/** The tables of what was measured over links. Pure. */
import { mean } from "../compression/compression-row.js";
import { type Column, markdownTable } from "../plot/markdown-table.js";

export interface ExchangeRow {
  readonly rate: string;
  readonly codec: string;
  /** Medians over steps, of the slower rank. */
  readonly stepMs: number;
  readonly communicationMs: number;
  readonly bytesPerStep: number;
}

export interface TrainingRow {
  readonly rate: string;
  readonly codec: string;
  readonly seed: number;
  readonly seconds: number;
  readonly steps: number;
  readonly accuracy: number;
}

export function linkReport(
  exchanges: readonly ExchangeRow[],
  trainings: readonly TrainingRow[],
): string {
  return [
    "A step of 4,998,670 parameters on two hosts, one rank each:",
    "",
    exchangeTable(exchanges),
    "",
    "MNIST on the same hosts, until the accuracy asked for was reached: seconds of steps, means:",
    "",
    trainingTable(trainings),
  ].join("\n");
}

function exchangeTable(rows: readonly ExchangeRow[]): string {
  return markdownTable(
    columns("link", "", "communication", "faster by", "whole step", "faster by", "bytes a step"),
    rows.map((row) => {
      const dense = rows.find(({ rate, codec }) => rate === row.rate && codec === "none");
      const faster = (pick: (one: ExchangeRow) => number): string =>
        dense === undefined ? "" : `${(pick(dense) / pick(row)).toFixed(1)} ×`;
      return [
        row.rate,
        row.codec,
        `${row.communicationMs.toFixed(0)} ms`,
        faster(({ communicationMs }) => communicationMs),
        `${row.stepMs.toFixed(0)} ms`,
        faster(({ stepMs }) => stepMs),
        row.bytesPerStep.toLocaleString("en-US"),
      ];
    }),
  );
}

function trainingTable(rows: readonly TrainingRow[]): string {
  const codecs = [...new Set(rows.map(({ codec }) => codec))];
  return markdownTable(
    columns("link", ...codecs),
    [...new Set(rows.map(({ rate }) => rate))].map((rate) => [
      rate,
      ...codecs.map((codec) => {
        const own = rows.filter((row) => row.rate === rate && row.codec === codec);
        const seconds = mean(own.map((row) => row.seconds)).toFixed(1);
        return `${seconds} s (${mean(own.map(({ steps }) => steps)).toFixed(0)} steps)`;
      }),
    ]),
  );
}

/** The first says what a row is. */
function columns(first: string, ...titles: readonly string[]): Column[] {
  return [
    { title: first, align: "left" },
    ...titles.map((title): Column => ({ title, align: title === "" ? "left" : "right" })),
  ];
}
