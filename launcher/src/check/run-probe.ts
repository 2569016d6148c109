/** Runs a small program to see whether it is there and what it says. Never throws, never hangs. */
import { execFile } from "node:child_process";

export type ProbeResult =
  { readonly ok: true; readonly output: string } | { readonly ok: false; readonly reason: string };

export interface ProbeOptions {
  /** Default 5 s. */
  readonly timeoutMs?: number;
  /** Default: the one of this process. */
  readonly directory?: string;
}

const defaultTimeoutMs = 5000;

export function runProbe(
  program: string,
  programArguments: readonly string[],
  { timeoutMs = defaultTimeoutMs, directory }: ProbeOptions = {},
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, killSignal: "SIGKILL", cwd: directory } as const;
    execFile(program, programArguments, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim();
      if (error === null) resolve({ ok: true, output });
      else resolve({ ok: false, reason: reasonOf(program, error, output) });
    });
  });
}

function reasonOf(
  program: string,
  error: NonNullable<Parameters<NonNullable<Parameters<typeof execFile>[3]>>[0]>,
  output: string,
): string {
  if (error.code === "ENOENT") return `${program} is not in PATH`;
  if (error.killed === true) return `${program} did not answer`;
  if (error.signal != null) return `${program} was killed by ${error.signal}`;
  const lines = output.split("\n");
  // Where Node dies of an exception, it shows the place first.
  const line = lines.find((one) => /^\w*Error\b.*: /.test(one)) ?? lines[0] ?? "";
  return line === "" ? error.message : line;
}
