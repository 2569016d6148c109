/**
 * How far another host's clocks are ahead, from one question and its answer, as NTP reckons it: the
 * error is at most half of the time that both were on their way. Pure.
 */
import { type ClockReading } from "../agent/messages.js";

export interface ClockOffsets {
  /** The wall clock there minus the one here. */
  readonly wallMs: number;
  /** The monotonic clock there minus the one here. */
  readonly monotonicUs: number;
  /** How long question and answer were on their way together. */
  readonly roundTripUs: number;
}

export function clockOffsets(
  asked: ClockReading,
  there: { readonly received: ClockReading; readonly sent: ClockReading },
  answered: ClockReading,
): ClockOffsets {
  const { received, sent } = there;
  const offset = (pick: (reading: ClockReading) => number): number =>
    (pick(received) - pick(asked) + (pick(sent) - pick(answered))) / 2;
  return {
    wallMs: offset(({ wallMs }) => wallMs),
    monotonicUs: Math.round(offset(({ monotonicUs }) => monotonicUs)),
    roundTripUs:
      answered.monotonicUs - asked.monotonicUs - (sent.monotonicUs - received.monotonicUs),
  };
}
