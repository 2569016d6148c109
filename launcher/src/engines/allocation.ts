/** Hosts that a batch system has given to a job. */
export interface Allocation {
  /** Who has given them, for messages. */
  readonly source: string;
  readonly reach: "srun" | "mpirun";
  readonly nodes: readonly AllocatedNode[];
}

export interface AllocatedNode {
  readonly name: string;
  /** How many ranks it is to run. */
  readonly tasks: number;
  /** Whether this process runs on it, as far as the batch system says. */
  readonly isHere: boolean | undefined;
}
