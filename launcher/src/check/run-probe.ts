/** Runs a small program to see whether it is there and what it says. Never throws, never hangs. */
import { execFile } from "node:child_process";

export type ProbeResult =
  { readonly ok: true; readonly output: string } | { readonly ok: false; readonly reason: string };

const probeTimeoutMs = 5000;

export function runProbe(
  program: string,
  programArguments: readonly string[],
): Promise<ProbeResult> {
  return new Promise((resolve) => {
    const options = { timeout: probeTimeoutMs, killSignal: "SIGKILL" } as const;
    execFile(program, programArguments, options, (error, stdout, stderr) => {
      const output = `${stdout}${stderr}`.trim();
      if (error === null) resolve({ ok: true, output });
      else if (error.code === "ENOENT") resolve({ ok: false, reason: `${program} is not in PATH` });
      else if (error.killed === true) resolve({ ok: false, reason: `${program} did not answer` });
      else resolve({ ok: false, reason: output.split("\n")[0] ?? error.message });
    });
  });
}
