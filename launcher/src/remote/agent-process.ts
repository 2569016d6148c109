/** The process that leads to an agent: ssh, mostly. Keeps the last words it says, and how it ended. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { basename } from "node:path";
import { type Readable, type Writable } from "node:stream";
import { type Clock, type Environment } from "@kolo/core";

export interface AgentProcess {
  readonly input: Writable;
  readonly output: Readable;
  /** Resolves with how it ended, in words, once standard error is read too. */
  readonly ended: Promise<AgentProcessEnd>;
  /** The last lines on standard error, its own and those of the agent. */
  readonly words: () => string[];
  readonly kill: () => void;
}

export interface AgentProcessEnd {
  /** Such as "ssh exited with 255". */
  readonly text: string;
  /** Null where a signal killed it, or it never was. */
  readonly exitCode: number | null;
}

const maxWords = 8 * 1024;
/** A master connection that ssh has left in the background may hold standard error open. */
const wordsGraceMs = 200;

export function startAgentProcess(
  command: readonly string[],
  environment: Environment,
  clock: Clock,
): AgentProcess {
  const [program = "", ...programArguments] = command;
  const name = basename(program);
  // A session of its own: Ctrl-C on the terminal is for tsrun, which knows what to do about it.
  const child: ChildProcessByStdio<Writable, Readable, Readable> = spawn(
    program,
    programArguments,
    { stdio: ["pipe", "pipe", "pipe"], detached: true, env: environment },
  );
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(-maxWords);
  });
  child.stderr.on("error", () => undefined);
  const ended = new Promise<AgentProcessEnd>((resolve) => {
    child.once("error", (error) => {
      resolve({ text: `${name} could not be started: ${error.message}`, exitCode: null });
    });
    child.once("exit", (exitCode, signal) => {
      const how = signal === null ? `exited with ${exitCode ?? 1}` : `was killed by ${signal}`;
      const tell = (): void => {
        cancel();
        resolve({ text: `${name} ${how}`, exitCode });
      };
      const cancel = clock.after(wordsGraceMs, tell);
      child.once("close", tell);
    });
  });
  return {
    input: child.stdin,
    output: child.stdout,
    ended,
    words: () =>
      text
        .split(/\r?\n/)
        .map((line) => line.trimEnd())
        // mpirun draws lines around what it says.
        .filter((line) => !/^-*$/.test(line)),
    kill: () => {
      child.kill("SIGKILL");
    },
  };
}
