/**
 * Accuracy against bytes sent, in SVG: a panel for each dataset, a line for each codec with a point
 * after each epoch, and how far the seeds lie apart after the last.
 */
import { type CompressionRow } from "../compression/compression-row.js";
import {
  type CompressionSeries,
  compressionSeries,
  datasetsOf,
  titleOf,
} from "./compression-series.js";
import { linear } from "./linear.js";
import { type Axis, decades } from "./logarithmic.js";
import { escaped, line, picture, round, text } from "./svg.js";

const width = 760;
const panelLeft = 66;
const panelRight = 30;
const panelGap = 56;
const panelHeight = 300;
const top = 96;
const legendColumns = 3;
const legendRow = 20;

/** Colour says which family, dashes and width which member of it. */
const style = {
  light: `
  .series { fill: none; stroke-width: 2 } .spread.series { stroke-width: 1; stroke-dasharray: none }
  .none { stroke: #24292f } .fp16 { stroke: #54aeff } .bf16 { stroke: #54aeff; stroke-dasharray: 2 3 }
  .int8 { stroke: #0b62c4 } .topK-1-fp32 { stroke: #1a7f37; stroke-dasharray: 2 3 }
  .topK-1-fp16 { stroke: #1a7f37 } .topK-0-1-fp16 { stroke: #1a7f37; stroke-dasharray: 7 4 }
  .deepGradient { stroke: #c2571a } .powerSGD { stroke: #8250df }
  .dot.series { stroke-width: 5; stroke-linecap: round; stroke-dasharray: none }
  .last.series { stroke-width: 8 }`,
  dark: `
    .none { stroke: #e6edf3 } .fp16, .bf16 { stroke: #79c0ff } .int8 { stroke: #1f6feb }
    .topK-1-fp32, .topK-1-fp16, .topK-0-1-fp16 { stroke: #3fb950 }
    .deepGradient { stroke: #f0883e } .powerSGD { stroke: #bc8cff }`,
};

export function compressionSvg(rows: readonly CompressionRow[]): string {
  const [first] = rows;
  if (first === undefined) throw new Error("expected trainings, got none");
  const datasets = datasetsOf(rows);
  const panelWidth =
    (width - panelLeft - panelRight - panelGap * (datasets.length - 1)) / datasets.length;
  const all = datasets.map((dataset) => compressionSeries(rows, dataset));
  const bytes = all.flat().flatMap(({ points }) => points.map(({ bytesSent }) => bytesSent));
  const bottom = top + panelHeight;
  const panels = all.flatMap((series, index) => {
    const left = round(panelLeft + index * (panelWidth + panelGap));
    const x = decades(bytes, left, left + panelWidth);
    const y = accuracyAxis(series, bottom);
    const title = titleOf[series[0]?.summary.dataset ?? first.dataset];
    return [
      text(left, top - 14, title),
      ...axes(x, y, { left, right: round(left + panelWidth), bottom }),
      ...series.flatMap((one) => curve(one, x, y)),
    ];
  });
  const names = new Map(all.flat().map((one) => [one.summary.name, kindOf(one)]));
  const legendTop = bottom + 56;
  const legend = [...names].flatMap(([name, kind], index) => {
    const left = 20 + (index % legendColumns) * ((width - 40) / legendColumns);
    const baseline = legendTop + Math.floor(index / legendColumns) * legendRow;
    return [
      line(left, baseline - 4, left + 30, baseline - 4, kind),
      text(left + 38, baseline, name),
    ];
  });
  const end = legendTop + Math.ceil(names.size / legendColumns) * legendRow + 4;
  const notes = [
    "A point after each epoch, the mean over seeds; a thin line from the worst seed to the best.",
    `${first.host}, ${first.date}`,
  ];
  return picture({
    ...{ width, height: end + notes.length * 18 + 8, style },
    label: "Accuracy on the test set against bytes sent by a rank, for each codec",
    parts: [
      text(20, 30, "Accuracy on the test set, by bytes that a rank has sent", "title"),
      text(
        20,
        52,
        `A small CNN, ${first.np} ranks that share no memory, ${first.epochs} epochs; bytes logarithmic`,
        "quiet",
      ),
      ...panels,
      ...legend,
      ...notes.map((note, index) => text(20, end + 10 + index * 18, note, "quiet")),
    ],
  });
}

/** Ends of lines and their spread; what the first epoch begins with would squeeze what differs. */
function accuracyAxis(series: readonly CompressionSeries[], bottom: number): Axis {
  const shown = series.flatMap(({ summary, points }) => [
    ...summary.accuracyRange,
    ...points.map(({ accuracy }) => accuracy),
  ]);
  return linear(shown, [bottom, top]);
}

function axes(
  x: Axis,
  y: Axis,
  { left, right, bottom }: Readonly<Record<"left" | "right" | "bottom", number>>,
): string[] {
  return [
    ...y.ticks.flatMap((tick) => {
      const at = round(y.position(tick));
      return [
        line(left, at, right, at, "axis"),
        text(left - 6, at + 4, `${Number((100 * tick).toFixed(2))} %`, "quiet", "end"),
      ];
    }),
    ...x.ticks.flatMap((tick) => {
      const at = round(x.position(tick));
      return [
        line(at, bottom, at, bottom + 4, "axis"),
        text(at, bottom + 20, decimalBytes(tick), "quiet", "middle"),
      ];
    }),
  ];
}

function curve(series: CompressionSeries, x: Axis, y: Axis): string[] {
  const { summary, points } = series;
  const kind = kindOf(series);
  const places = points.map(({ bytesSent, accuracy }): [number, number] => [
    round(x.position(bytesSent)),
    round(y.position(accuracy)),
  ]);
  const path = places.map((place) => place.join(",")).join(" ");
  const [endX = 0] = places.at(-1) ?? [];
  const [worst, best] = summary.accuracyRange.map((value) => round(y.position(value)));
  return [
    `<polyline class="${kind}" points="${path}"><title>${escaped(summary.name)}</title></polyline>`,
    line(endX, worst ?? 0, endX, best ?? 0, `${kind} spread`),
    ...places.map(([px, py], index) =>
      line(px, py, px, py, `${kind} dot${index === places.length - 1 ? " last" : ""}`),
    ),
  ];
}

/** A class of the style: "topK 0.1 % fp16" is topK-0-1-fp16; families with one member are themselves. */
function kindOf({ summary: { codec, name } }: CompressionSeries): string {
  const member = codec === "topK" ? name.replaceAll(/[^A-Za-z0-9]+/g, "-") : codec;
  return `series ${member}`;
}

/** Of a power of ten: 10 MB is 10⁷. */
function decimalBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const unit = Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  return `${Number((bytes / 1000 ** unit).toPrecision(3))} ${units[unit] ?? ""}`;
}
