/**
 * The rank's end of the pipe to its launcher: its secrets come first, in one line, and then nothing
 * until the launcher is gone. A rank without a launcher would run on unseen, so it ends itself at once, with
 * all it started; the main thread may be blocked or busy, so this thread does it.
 */
import { decodeLaunchMessage, type LaunchMessage } from "@kolo/core";
import { Socket } from "node:net";

/** Resolves with the first line. From then on, the end of the pipe is the end of the process group. */
export function openControlPipe(fd: number): Promise<LaunchMessage> {
  return new Promise((resolve, reject) => {
    const pipe = new Socket({ fd, readable: true, writable: true });
    let text = "";
    pipe.setEncoding("utf8");
    pipe.on("data", (chunk: string) => {
      text += chunk;
      const end = text.indexOf("\n");
      if (end === -1) return;
      try {
        resolve(decodeLaunchMessage(text.slice(0, end)));
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
      text = "";
    });
    pipe.on("error", endProcessGroup);
    pipe.on("close", endProcessGroup);
  });
}

function endProcessGroup(): void {
  try {
    // The launcher made this rank the leader of a group of its own.
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}
