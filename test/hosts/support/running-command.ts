/** A started program: what it prints, how it ends. */
import { type ChildProcess, spawn } from "node:child_process";

export interface CommandResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCommand {
  readonly child: ChildProcess;
  readonly done: Promise<CommandResult>;
  /** Resolves when stdout or stderr contains the text; rejects when both ended without it. */
  printed(text: string): Promise<void>;
  stdout(): string;
  stderr(): string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** What the program reads. Default: nothing, its standard input is empty. */
  readonly input?: string;
  /** Leaves the standard input open after that, for `child.stdin`. Default false. */
  readonly openInput?: boolean;
}

/** Starts it as a child that the kernel kills when this process is gone, however it went. */
export function startCommand(
  command: readonly string[],
  options: CommandOptions = {},
): RunningCommand {
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...command], {
    env: { ...process.env, NO_COLOR: "1", ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  // A program that ended without reading its input is no error of the harness.
  child.stdin.on("error", () => undefined).write(options.input ?? "");
  if (options.openInput !== true) child.stdin.end();
  const text = { stdout: "", stderr: "" };
  const listeners = new Set<() => void>();
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (part: string) => {
      text[name] += part;
      for (const listener of listeners) listener();
    });
  }
  const done = new Promise<CommandResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      resolve({ code, signal, ...text });
    });
  });
  return {
    child,
    done,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    printed: (wanted) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!text.stdout.includes(wanted) && !text.stderr.includes(wanted)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        done.then(({ stdout, stderr }) => {
          const printed = `${stdout}\n${stderr}`;
          reject(new Error(`${command.join(" ")} ended without "${wanted}":\n${printed}`));
        }, reject);
        look();
      }),
  };
}

/** The result of a command that has to succeed; throws with what it printed where it did not. */
export async function succeeded(command: string, done: Promise<CommandResult>): Promise<string> {
  const { code, signal, stdout, stderr } = await done;
  if (code === 0) return stdout;
  throw new Error(`${command} ended with ${code ?? signal ?? "?"}:\n${stdout}\n${stderr}`);
}
