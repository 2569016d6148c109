/**
 * Bus bandwidth by size, both logarithmic, in SVG: a panel for each world size, a line for each
 * implementation, and the machine's memory as the ceiling above them.
 */
import { formatBytes } from "@kolo/core";
import { type CollectiveRow } from "../collectives/collective-row.js";
import { ascending, type Series, seriesOf, shownRows } from "./collectives-series.js";
import { type Axis, decades, marked } from "./logarithmic.js";
import { ranksText } from "./speed-bars.js";
import { escaped, line, picture, round, text } from "./svg.js";

const width = 760;
const panelLeft = 62;
const panelWidth = 310;
const panelGap = 48;
const panelHeight = 290;
const top = 96;
const legendColumns = 4;
const legendRow = 20;

/** Colour says whose it is, dashes what carries it. */
const style = {
  light: `
  .series { fill: none; stroke-width: 2 } .grpc { stroke-dasharray: 7 4 } .tcp { stroke-dasharray: 2 3 }
  .kolo-arena { stroke: #0b62c4 } .kolo { stroke: #54aeff; stroke-width: 1.5 }
  .gloo { stroke: #c2571a; stroke-dasharray: none } .openmpi-shm, .openmpi-tcp { stroke: #1a7f37 }
  .tensorflow { stroke: #8250df } .memory-limit { stroke: #24292f; stroke-width: 1 }
  .dot { stroke-width: 5; stroke-linecap: round; stroke-dasharray: none }`,
  dark: `
    .kolo-arena { stroke: #58a6ff } .kolo { stroke: #1f6feb }
    .gloo { stroke: #f0883e } .openmpi-shm, .openmpi-tcp { stroke: #3fb950 }
    .tensorflow { stroke: #bc8cff } .memory-limit { stroke: #e6edf3 }`,
};

export function collectivesSvg(all: readonly CollectiveRow[]): string {
  const rows = shownRows(all);
  const [first] = rows;
  if (first === undefined) throw new Error("expected measurements, got none");
  const sizes = ascending(rows.map(({ np }) => np));
  const panelRows = Math.ceil(sizes.length / 2);
  const pitch = panelHeight + 64;
  const panels = sizes.flatMap((np, index) =>
    panel(rows, np, {
      left: panelLeft + (index % 2) * (panelWidth + panelGap),
      top: top + Math.floor(index / 2) * pitch,
    }),
  );
  const series = seriesOf(rows);
  const legendTop = top + panelRows * pitch;
  const legend = series.flatMap((one, index) => {
    const x = 20 + (index % legendColumns) * ((width - 40) / legendColumns);
    const y = legendTop + Math.floor(index / legendColumns) * legendRow;
    return [line(x, y - 4, x + 30, y - 4, kindOf(one)), text(x + 38, y, one.name)];
  });
  const bottom = legendTop + Math.ceil(series.length / legendColumns) * legendRow + 6;
  return picture({
    ...{ width, height: bottom + 34, style },
    label: "Bus bandwidth of all-reduce by size, for each implementation and number of ranks",
    parts: [
      text(
        20,
        30,
        `All-reduce (${first.op}, ${first.dtype}): bus bandwidth in MB/s, by size`,
        "title",
      ),
      text(
        20,
        52,
        "All ranks on one machine, p50 of the slowest rank; both axes logarithmic",
        "quiet",
      ),
      ...panels,
      ...legend,
      text(20, bottom + 14, `${first.host}, ${first.date}`, "quiet"),
    ],
  });
}

/** Closer to its neighbour than this, a label moves down. */
const labelWidth = 52;

function panel(
  rows: readonly CollectiveRow[],
  np: number,
  corner: { readonly left: number; readonly top: number },
): string[] {
  const [right, bottom] = [corner.left + panelWidth, corner.top + panelHeight];
  // The same axes in every panel, so that panels compare.
  const x = marked(
    rows.map(({ bytes }) => bytes),
    corner.left,
    right,
  );
  const y = decades(
    rows.map(({ busbwMBs }) => busbwMBs),
    bottom,
    corner.top,
  );
  return [
    text(corner.left, corner.top - 12, ranksText(np)),
    ...y.ticks.flatMap((tick) => [
      line(corner.left, round(y.position(tick)), right, round(y.position(tick)), "axis"),
      text(corner.left - 6, round(y.position(tick)) + 4, tick.toLocaleString("en"), "quiet", "end"),
    ]),
    ...x.ticks.flatMap((tick, i) => {
      const position = round(x.position(tick));
      const before = x.ticks[i - 1];
      const isClose = before !== undefined && position - x.position(before) < labelWidth;
      return [
        line(position, bottom, position, bottom + 4, "axis"),
        text(position, bottom + (isClose ? 34 : 20), formatBytes(tick), "quiet", "middle"),
      ];
    }),
    ...seriesOf(rows.filter((row) => row.np === np)).flatMap((one) => curve(one, x, y)),
  ];
}

function curve(one: Series, x: Axis, y: Axis): string[] {
  const points = one.rows.map(({ bytes, busbwMBs }): [number, number] => [
    round(x.position(bytes)),
    round(y.position(busbwMBs)),
  ]);
  const kind = kindOf(one);
  const path = points.map((point) => point.join(",")).join(" ");
  return [
    `<polyline class="${kind}" points="${path}"><title>${escaped(one.name)}</title></polyline>`,
    ...points.map(([px, py]) => line(px, py, px, py, `${kind} dot`)),
  ];
}

function kindOf({ impl, transport }: Series): string {
  return `series ${impl} ${transport}`;
}
