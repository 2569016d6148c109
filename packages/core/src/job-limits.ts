/** How long is too long, in a job; in milliseconds. */
export interface JobLimits {
  /** From the first rank's coming until every rank has come. */
  readonly startTimeoutMs: number;
  /** An operation under way for this long is warned about; 0 is never. */
  readonly stallWarningMs: number;
  /** And for this long, it is a failure; 0 is never. */
  readonly stallTimeoutMs: number;
  /** A rank not heard of for this long is lost. It beats every second. */
  readonly heartbeatTimeoutMs: number;
}

/** Where nobody says otherwise. */
export const defaultLimits: Readonly<JobLimits> = {
  startTimeoutMs: 60_000,
  stallWarningMs: 60_000,
  stallTimeoutMs: 600_000,
  heartbeatTimeoutMs: 30_000,
};
