/**
 * The rank's end of the pipe to its launcher: its secrets come first, in one line, and then nothing
 * until the launcher is gone. A rank without a launcher would run on unseen, so it ends itself at once, with
 * all it started; the main thread may be blocked or busy, so this thread does it. It also removes what
 * the launcher would have fetched from here.
 */
import { decodeLaunchMessage, type LaunchMessage } from "@kolo/core";
import { rmSync } from "node:fs";
import { Socket } from "node:net";

/**
 * Resolves with the first line. From then on, the end of the pipe is the end of the process group, and of
 * the folder `unfetched`.
 */
export function openControlPipe(fd: number, unfetched: string | undefined): Promise<LaunchMessage> {
  const end = (): void => {
    if (unfetched !== undefined) removeQuietly(unfetched);
    endProcessGroup();
  };
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
    pipe.on("error", end);
    pipe.on("close", end);
  });
}

function removeQuietly(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // Another rank still writes there, and comes to this itself.
  }
}

function endProcessGroup(): void {
  try {
    // The launcher made this rank the leader of a group of its own.
    process.kill(-process.pid, "SIGKILL");
  } catch {
    process.kill(process.pid, "SIGKILL");
  }
}
