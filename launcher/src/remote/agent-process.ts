/** The process that leads to an agent: ssh, mostly. Keeps the last words it says, and how it ended. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { PassThrough, Readable, type Writable } from "node:stream";
import { type Clock, type Environment } from "@kolo/core";
import { limitsAdvice } from "../ranks/limits-advice.js";
import { ProcessGroup } from "../ranks/process-group.js";

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
  let child: ChildProcessByStdio<Writable, Readable, Readable>;
  try {
    // A session of its own: Ctrl-C on the terminal is for tsrun, which knows what to do about it.
    child = spawn(program, programArguments, {
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
      env: environment,
    });
  } catch (error) {
    return unstarted(name, Promise.resolve(error as Error));
  }
  // Node throws for some reasons not to start a process and emits an event for others. For some of
  // these, such as too few file descriptors, there are no streams either, whatever the type says.
  if (child.pid === undefined) {
    return unstarted(
      name,
      once(child, "error").then(([error]) => error as Error),
    );
  }
  // What ssh starts to get there (ProxyCommand, ProxyJump) is in its group.
  const group = new ProcessGroup(child.pid);
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(-maxWords);
  });
  child.stderr.on("error", () => undefined);
  const ended = new Promise<AgentProcessEnd>((resolve) => {
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
      group.signal("SIGKILL");
    },
  };
}

/** There is no process, and so nothing to read. */
function unstarted(name: string, failure: Promise<NodeJS.ErrnoException>): AgentProcess {
  return {
    input: new PassThrough(),
    output: Readable.from([]),
    ended: failure.then(({ message, code }) => ({
      text: `${name} could not be started: ${message}${limitsAdvice(code, "fewer hosts")}`,
      exitCode: null,
    })),
    words: () => [],
    kill: () => undefined,
  };
}
