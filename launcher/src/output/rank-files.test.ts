import { describe, expect, it } from "@jest/globals";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeRankFolders, openRankFiles } from "./rank-files.js";

describe("rank files", () => {
  it("are DIR/rank.0003/stdout and stderr", async () => {
    const directory = mkdtempSync(join(tmpdir(), "kolo-"));
    makeRankFolders(join(directory, "out"), 4);
    const files = openRankFiles(join(directory, "out"), 3, () => undefined);
    files.stdout.write(Buffer.from([0xff, 0x0a]));
    files.stderr.write("oops");
    await Promise.all([files.stdout.flushed(), files.stderr.flushed()]);
    expect([...readFileSync(join(directory, "out/rank.0003/stdout"))]).toEqual([0xff, 0x0a]);
    expect(readFileSync(join(directory, "out/rank.0003/stderr"), "utf8")).toBe("oops");
    rmSync(directory, { recursive: true });
  });

  it("are refused where their folder cannot be made", () => {
    const directory = mkdtempSync(join(tmpdir(), "kolo-"));
    const file = join(directory, "file");
    writeFileSync(file, "");
    expect(() => {
      makeRankFolders(file, 1);
    }).toThrow(/^--output-dir: cannot make .*rank\.0000/);
    rmSync(directory, { recursive: true });
  });
});
