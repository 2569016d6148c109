/** Training progress in words. Pure. */
import { type TrainingProgress } from "@kolo/rendezvous";

export const maxBarColumns = 20;
const minBarColumns = 5;

/** `epoch 2/5  step 120/937  loss 0.4521  accuracy 0.8712  4571 samples/s  ETA 1:02` */
export function progressText(progress: TrainingProgress, etaMs: number | undefined): string {
  return progressParts(progress, etaMs).join("  ");
}

/** The same on one line of less than `width` columns, with a bar where there is room and a total. */
export function barText(
  progress: TrainingProgress,
  etaMs: number | undefined,
  drawBar: (fraction: number, columns: number) => string,
  width: number,
): string {
  const { step, stepsPerEpoch } = progress;
  const [epoch = "", ...rest] = progressParts(progress, etaMs);
  const withoutBar = [epoch, ...rest].join("  ");
  // A line that fills the last column wraps on some terminals.
  const columns = Math.min(maxBarColumns, width - 1 - withoutBar.length - "  []".length);
  if (stepsPerEpoch <= 0 || columns < minBarColumns) {
    return withoutBar.slice(0, Math.max(0, width - 1));
  }
  const bar = `[${drawBar(Math.min(1, step / stepsPerEpoch), columns)}]`;
  return [epoch, bar, ...rest].join("  ");
}

/** 62_000 → "1:02", 3_723_000 → "1:02:03" */
export function durationText(durationMs: number): string {
  const total = Math.max(0, Math.round(durationMs / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(total / 3600);
  const minutes = Math.floor(total / 60) % 60;
  return hours > 0
    ? `${hours}:${two(minutes)}:${two(total % 60)}`
    : `${minutes}:${two(total % 60)}`;
}

/** Three digits are enough to compare, and steadier to look at. */
export function rateText(perSecond: number): string {
  return perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toPrecision(3);
}

function progressParts(progress: TrainingProgress, etaMs: number | undefined): string[] {
  return [
    epochText(progress),
    progress.epochEnd ? `${progress.step} steps` : stepText(progress),
    ...metricTexts(progress),
    `${rateText(progress.samplesPerSecond)} samples/s`,
    ...(etaMs === undefined ? [] : [`ETA ${durationText(etaMs)}`]),
  ];
}

function epochText({ epoch, epochs }: TrainingProgress): string {
  return epochs > 0 ? `epoch ${epoch}/${epochs}` : `epoch ${epoch}`;
}

function stepText({ step, stepsPerEpoch }: TrainingProgress): string {
  return stepsPerEpoch > 0 ? `step ${step}/${stepsPerEpoch}` : `step ${step}`;
}

function metricTexts({ metrics }: TrainingProgress): string[] {
  return metrics.map(([name, value]) => `${metricName(name)} ${metricText(value)}`);
}

/** tfjs abbreviates this one. */
function metricName(name: string): string {
  return name.replace(/^(val_)?acc$/, "$1accuracy");
}

function metricText(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return value.toExponential(3);
  return size >= 1000 ? value.toFixed(1) : value.toFixed(4);
}
