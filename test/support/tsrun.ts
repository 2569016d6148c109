/** Runs the real command, `.bin/tsrun`, as a user would. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { processesGone, processesWith } from "./processes.js";

export const root = join(__dirname, "../../..");
export const tsrunPath = join(root, "node_modules/.bin/tsrun");
export const fixture = (name: string): string => join(root, "test/e2e/fixtures", name);

export interface TsrunResult {
  /** Exit code, or 128 + n where tsrun itself died by a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  /** Processes of the job still alive after it ended. */
  readonly left: readonly number[];
}

export interface RunningTsrun {
  readonly child: ChildProcess;
  readonly done: Promise<TsrunResult>;
  /** Resolves when stdout and stderr together contain the text. */
  printed(text: string): Promise<void>;
  /** What it has printed so far. */
  stderr(): string;
  /** Process ids of the job: tsrun and its ranks. */
  pids(): number[];
}

export interface TsrunOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  readonly bin?: string;
}

export function startTsrun(args: readonly string[], options: TsrunOptions = {}): RunningTsrun {
  const mark = `KOLO_TEST_MARK=${randomUUID()}`;
  const [name = "", value = ""] = mark.split("=");
  const startedMs = performance.now();
  const child = spawn(options.bin ?? tsrunPath, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, NO_COLOR: "1", ...options.env, [name]: value },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  const listeners = new Set<() => void>();
  const changed = () => {
    for (const listener of listeners) listener();
  };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
    changed();
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
    changed();
  });
  const done = new Promise<TsrunResult>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const durationMs = performance.now() - startedMs;
      void processesGone(mark, signal === "SIGKILL" ? 5000 : 0).then((left) => {
        resolve({ code, signal, stdout, stderr, durationMs, left });
      });
    });
  });
  return {
    child,
    done,
    stderr: () => stderr,
    pids: () => processesWith(mark),
    printed: (text) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (!(stdout + stderr).includes(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        child.on("close", () => {
          reject(new Error(`tsrun ended without printing "${text}":\n${stdout}\n${stderr}`));
        });
        look();
      }),
  };
}

export function tsrun(args: readonly string[], options?: TsrunOptions): Promise<TsrunResult> {
  return startTsrun(args, options).done;
}
