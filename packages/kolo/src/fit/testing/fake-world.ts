/** A fake engine that answers all-reduces as a test says, and remembers what was asked of it. */
import { type Engine, type TrainingProgress } from "@kolo/engine";
import { FakeEngine } from "../../tensors/testing/fake-engine.js";

export interface FakeWorldOptions {
  readonly rank?: number;
  readonly size?: number;
  /** What an all-reduce returns; default: what this rank gave. */
  readonly answer?: (values: Float32Array, name: string) => Float32Array;
}

export interface FakeWorld {
  readonly engine: Engine;
  /** Operations that ran, in order: "average loss". */
  readonly ran: () => string[];
  readonly reported: TrainingProgress[];
  /** Prepared and not released. */
  readonly prepared: () => number;
}

export function fakeWorld({ rank = 0, size = 1, answer }: FakeWorldOptions = {}): FakeWorld {
  const fake = new FakeEngine({
    rank,
    size,
    reply: ({ name }, input) => [...(answer?.(Float32Array.from(input), name) ?? input)],
  });
  const reported: TrainingProgress[] = [];
  const report = (progress: TrainingProgress) => {
    reported.push(progress);
  };
  return {
    engine: Object.assign(fake, { report }),
    ran: () => fake.started.map((one) => ("op" in one ? `${one.op} ${one.name}` : one.kind)),
    reported,
    prepared: () => fake.prepared,
  };
}
