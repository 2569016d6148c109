/** Standard output for frames: written in the background, so that whoever writes still hears what comes in. */
import { Socket } from "node:net";
import { type Writable } from "node:stream";
import { isatty, WriteStream } from "node:tty";

const stdoutFd = 1;

/**
 * process.stdout would block in writing to a pipe. mpirun gives what it starts a terminal, set so that
 * bytes pass as they are; Node would block in writing to that, too.
 */
export function agentOutput(): Writable {
  if (!isatty(stdoutFd)) return new Socket({ fd: stdoutFd, readable: false, writable: true });
  const terminal = new WriteStream(stdoutFd);
  const { _handle: handle } = terminal as { _handle?: { setBlocking?: (on: boolean) => void } };
  handle?.setBlocking?.(false);
  return terminal;
}
