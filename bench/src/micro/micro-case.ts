/** One thing to time: what it is called, how many bytes it works through, and what runs. */
export interface MicroCase {
  readonly name: string;
  /** Of one operand: what the GB/s are of. */
  readonly bytes: number;
  readonly run: () => void;
}
