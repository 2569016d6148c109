/**
 * What communication takes of a training step, from a timeline: from the moment when the last rank
 * has its gradients until every rank has the averages. Waiting for a slower rank is not in it. Pure.
 */
import { median } from "../training/measurement.js";

/** Of the traceEvents of a timeline; times are microseconds. */
export interface TraceEvent {
  readonly ph: string;
  readonly name: string;
  readonly pid: number;
  readonly ts: number;
  readonly dur?: number;
  readonly args?: { readonly step?: number };
}

/** Medians over the steps. */
export interface CommunicationShare {
  readonly steps: number;
  readonly communicationMs: number;
  /** Of the step, in [0, 1]. */
  readonly share: number;
}

interface Step {
  lastArrivalUs: number;
  endUs: number;
  stepUs: number;
}

/** Throws where there is no step in which gradients were exchanged. */
export function communicationShare(events: readonly TraceEvent[]): CommunicationShare {
  const steps = new Map<number, Step>();
  for (const [key, { arrivalUs, endUs, stepUs }] of stepsOfRanks(events)) {
    const number = Number(key.split("/")[1]);
    const step = steps.get(number) ?? { lastArrivalUs: 0, endUs: 0, stepUs: 0 };
    step.lastArrivalUs = Math.max(step.lastArrivalUs, arrivalUs);
    step.endUs = Math.max(step.endUs, endUs);
    step.stepUs = Math.max(step.stepUs, stepUs);
    steps.set(number, step);
  }
  // A timeline that begins or ends within a step has no whole one there.
  const whole = [...steps.values()].filter(
    ({ lastArrivalUs, endUs, stepUs }) => stepUs > 0 && endUs > lastArrivalUs && lastArrivalUs > 0,
  );
  if (whole.length === 0) throw new Error("expected steps with pack and unpack, found none");
  const overSteps = (of: (step: Step) => number): number => median(whole.map(of));
  return {
    steps: whole.length,
    communicationMs: overSteps(({ lastArrivalUs, endUs }) => endUs - lastArrivalUs) / 1000,
    share: overSteps(({ lastArrivalUs, endUs, stepUs }) => (endUs - lastArrivalUs) / stepUs),
  };
}

interface StepOfRank {
  /** Of the first pack. */
  arrivalUs: number;
  /** Of the last unpack. */
  endUs: number;
  stepUs: number;
}

function stepsOfRanks(events: readonly TraceEvent[]): Map<string, StepOfRank> {
  const steps = new Map<string, StepOfRank>();
  for (const { ph, name, pid, ts, dur = 0, args } of events) {
    if (ph !== "X" || args?.step === undefined) continue;
    const key = `${pid}/${args.step}`;
    const step = steps.get(key) ?? { arrivalUs: Infinity, endUs: 0, stepUs: 0 };
    if (name === "pack") step.arrivalUs = Math.min(step.arrivalUs, ts);
    if (name === "unpack") step.endUs = Math.max(step.endUs, ts + dur);
    if (name === "step") step.stepUs = dur;
    steps.set(key, step);
  }
  return steps;
}
