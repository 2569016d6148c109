import { type TrainingProgress } from "@kolo/rendezvous";

/** Shows how training goes: as a bar on a terminal, as lines elsewhere. */
export interface ProgressDisplay {
  show(progress: TrainingProgress): void;
  /** Takes the bar away. */
  stop(): void;
}
