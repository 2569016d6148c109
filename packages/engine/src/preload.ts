/**
 * Runs in a launched rank before the user's script (`node --require preload.js`): starts the
 * communication thread, which watches the launcher's pipe and joins the world while the script
 * still loads, and reports why the rank ends where nobody catches it.
 */
import {
  encodeControlLine,
  type ErrorWire,
  forgetControlFd,
  type LaunchedEnvironment,
  readRankEnvironment,
  toWire,
} from "@kolo/core";
import { writeSync } from "node:fs";
import { setLaunchedThread } from "./launched-thread.js";
import { isUnplaced, placedStack } from "./syntax-error.js";
import { ThreadHandle } from "./thread-handle.js";

/** Less than what a socket takes at once, so that writing it never blocks a dying process. */
const maxCharacters = 16 * 1024;

const environment = readRankEnvironment(process.env);
if (environment !== undefined) {
  forgetControlFd(process.env);
  writeOutputAtOnce();
  setLaunchedThread(new ThreadHandle(environment, environment));
  reportUncaught(environment);
}

/**
 * The launcher prints the root cause once, for the whole job; so where the script has no handler of
 * its own, the error goes to the launcher instead of to stderr, and the process ends as Node ends it.
 */
function reportUncaught({ reportFd }: LaunchedEnvironment): void {
  const tell = (error: unknown): void => {
    try {
      writeSync(reportFd, encodeControlLine({ failure: cut(toWire(error)) }));
    } catch {
      console.error(error);
    }
  };
  const report = (error: unknown): void => {
    const others = process.listeners("uncaughtException").filter((other) => other !== report);
    if (!others.every(onlyRethrows)) return;
    tell(error);
    process.exit(1);
  };
  process.on("uncaughtException", report);
  process.on("uncaughtExceptionMonitor", (error) => {
    if (!isUnplaced(error)) return;
    const stack = placedStack(error, process.argv[1] ?? "");
    if (stack !== undefined) {
      error.stack = stack;
      return;
    }
    // Only Node itself knows where this one stands; without a handler, it prints that and ends.
    tell(error);
    process.off("uncaughtException", report);
  });
}

function cut({ message, stack, cause, ...rest }: ErrorWire): ErrorWire {
  return {
    ...rest,
    message: message.slice(0, maxCharacters),
    ...(stack !== undefined && { stack: stack.slice(0, maxCharacters) }),
    ...(cause !== undefined && { cause: cut(cause) }),
  };
}

/** Emscripten, and with it the wasm backend of tfjs, adds a handler that only throws again. */
function onlyRethrows(handler: (...args: never[]) => unknown): boolean {
  return String(handler).includes("instanceof ExitStatus");
}

/**
 * Node writes to a pipe in the background, and `process.exit()` forgets what is still on its way: a
 * rank's last words, of all things. Files and terminals are written at once; so are a rank's pipes.
 */
function writeOutputAtOnce(): void {
  for (const stream of [process.stdout, process.stderr]) {
    const { _handle: handle } = stream as { _handle?: { setBlocking?: (on: boolean) => void } };
    handle?.setBlocking?.(true);
  }
}
