/** What the user typed or configured is wrong: one line on standard error, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export const usageExitCode = 2;
