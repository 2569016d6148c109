/** `--output-dir`: DIR/rank.0003/stdout and stderr, every byte as the rank wrote it. */
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { UsageError } from "../cli/usage-error.js";
import { messageOf } from "../report/message-of.js";
import { Outlet } from "./outlet.js";
import { type OutputName } from "./terminal.js";

export type RankFiles = Readonly<Record<OutputName, Outlet>>;

function rankFolder(directory: string, rank: number): string {
  return join(directory, `rank.${String(rank).padStart(4, "0")}`);
}

/** Makes the folder of every rank at once; throws UsageError where that fails. */
export function makeRankFolders(directory: string, size: number): void {
  for (let rank = 0; rank < size; rank += 1) {
    const folder = rankFolder(directory, rank);
    try {
      mkdirSync(folder, { recursive: true });
    } catch (error) {
      throw new UsageError(`--output-dir: cannot make ${folder}: ${messageOf(error)}`);
    }
  }
}

/** Opens, and empties, the files of a rank. A file that breaks is reported once and left alone. */
export function openRankFiles(
  directory: string,
  rank: number,
  onWarning: (warning: string) => void,
): RankFiles {
  const open = (name: OutputName): Outlet => {
    const path = join(rankFolder(directory, rank), name);
    return new Outlet(createWriteStream(path), (error) => {
      onWarning(`--output-dir: no longer writing ${path}: ${error.message}`);
    });
  };
  return { stdout: open("stdout"), stderr: open("stderr") };
}
