/**
 * Some steps of a trace as a picture, for a page: a lane for each thread of each rank that did
 * something, time from left to right. What lies in something else is drawn over it.
 */
export interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  /** Microseconds. */
  readonly ts: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
  readonly args: Readonly<Record<string, string | number>>;
}

export interface TimelinePicture {
  readonly title: string;
  /** Which steps of rank 0 to show, the first and the last. */
  readonly steps: readonly [first: number, last: number];
}

interface Span extends TraceEvent {
  readonly dur: number;
}

const width = 920;
const left = 170;
const right = 900;
const laneHeight = 22;
const laneGap = 4;
const rankGap = 16;
const top = 84;

/** What is drawn, and in which class; the rest, as steps and whole operations, is around these. */
const classOf: readonly (readonly [pattern: RegExp, kind: string, label: string])[] = [
  [/^compute$/, "compute", "compute"],
  [/^pack$/, "pack", "pack"],
  [/^(wait|wait for others|across hosts|wait for end)$/, "wait", "wait"],
  [/^(reduce|copy|hop .*)$/, "reduce", "reduce, or a hop of the ring"],
  [/^unpack$/, "unpack", "unpack"],
  [/^apply$/, "apply", "apply"],
];

const style = `
  .page { fill: #ffffff } text { fill: #24292f; font: 13px system-ui, sans-serif }
  .title { font-size: 16px; font-weight: 600 } .quiet { fill: #59636e; font-size: 12px }
  .lane { fill: #f6f8fa } .step { stroke: #59636e; stroke-dasharray: 3 3 }
  .compute { fill: #0b62c4 } .pack { fill: #8250df } .wait { fill: #d8b45c }
  .reduce { fill: #c2571a } .unpack { fill: #1a7f74 } .apply { fill: #57606a }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117 } text { fill: #e6edf3 } .quiet { fill: #9198a1 }
    .lane { fill: #161b22 } .step { stroke: #9198a1 }
    .compute { fill: #4493f8 } .pack { fill: #ab7df8 } .wait { fill: #9e7c2a }
    .reduce { fill: #f0883e } .unpack { fill: #2ea89a } .apply { fill: #8b949e }
  }`;

export function timelineSvg(events: readonly TraceEvent[], picture: TimelinePicture): string {
  const spans = events.filter(
    (event): event is Span => event.ph === "X" && event.dur !== undefined,
  );
  const [first, last] = picture.steps;
  const shownSteps = spans.filter(
    ({ name, args }) =>
      name === "step" && Number(args["step"]) >= first && Number(args["step"]) <= last,
  );
  if (shownSteps.length === 0) throw new Error(`expected steps ${first} to ${last} in the trace`);
  const fromUs = Math.min(...shownSteps.map(({ ts }) => ts));
  const toUs = Math.max(...shownSteps.map(({ ts, dur }) => ts + dur));
  const x = (us: number): number => {
    const clamped = Math.min(Math.max(us, fromUs), toUs);
    return round(left + ((right - left) * (clamped - fromUs)) / (toUs - fromUs));
  };

  const parts: string[] = [];
  let y = top;
  for (const lanes of lanesByRank(events, spans)) {
    for (const { label, spans: own } of lanes) {
      parts.push(
        text(left - 10, y + 15, label, "quiet", "end"),
        `<rect class="lane" x="${left}" y="${y}" width="${right - left}" height="${laneHeight}"/>`,
      );
      for (const span of own) {
        const kind = classOf.find(([pattern]) => pattern.test(span.name))?.[1];
        const [start, end] = [x(span.ts), x(span.ts + span.dur)];
        if (kind === undefined || span.ts >= toUs || span.ts + span.dur <= fromUs) continue;
        const shown = Math.max(0.5, round(end - start));
        parts.push(
          `<rect class="${kind}" x="${start}" y="${y + 2}" width="${shown}" height="${laneHeight - 4}"/>`,
        );
      }
      for (const { name, ts } of own) {
        if (name !== "step" || ts < fromUs || ts > toUs) continue;
        const at = x(ts);
        parts.push(
          `<line class="step" x1="${at}" y1="${y - 2}" x2="${at}" y2="${y + laneHeight + 2}"/>`,
        );
      }
      y += laneHeight + laneGap;
    }
    y += rankGap;
  }
  const height = y + 12;
  const milliseconds = ((toUs - fromUs) / 1000).toFixed(0);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(picture.title)}">`,
    `<style>${style}\n</style>`,
    `<rect class="page" width="${width}" height="${height}" rx="6"/>`,
    text(20, 28, picture.title, "title"),
    ...legend(),
    ...parts,
    text(
      right,
      y + 2,
      `${milliseconds} ms from left to right; a dashed line begins a step`,
      "quiet",
      "end",
    ),
    "</svg>",
    "",
  ].join("\n");
}

interface Lane {
  readonly label: string;
  readonly spans: readonly Span[];
}

/** Threads that did nothing have no lane. */
function lanesByRank(events: readonly TraceEvent[], spans: readonly Span[]): Lane[][] {
  const nameOf = (kind: string, pid: number, tid: number): string => {
    const event = events.find((one) => one.name === kind && one.pid === pid && one.tid === tid);
    return String(event?.args["name"] ?? "");
  };
  const numbers = (values: readonly number[]): number[] =>
    [...new Set(values)].sort((a, b) => a - b);
  return numbers(spans.map(({ pid }) => pid)).map((pid) => {
    const own = spans.filter((span) => span.pid === pid);
    return numbers(own.map(({ tid }) => tid)).map((tid) => ({
      label: `${nameOf("process_name", pid, 0)}, ${nameOf("thread_name", pid, tid)}`,
      spans: own.filter((span) => span.tid === tid),
    }));
  });
}

function legend(): string[] {
  let at = 20;
  return classOf.flatMap(([, kind, label]) => {
    const entry = [
      `<rect class="${kind}" x="${at}" y="45" width="12" height="12" rx="2"/>`,
      text(at + 18, 56, label, "quiet"),
    ];
    at += 40 + label.length * 7;
    return entry;
  });
}

function text(x: number, y: number, content: string, kind: string, anchor = "start"): string {
  return `<text x="${x}" y="${y}" class="${kind}" text-anchor="${anchor}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
