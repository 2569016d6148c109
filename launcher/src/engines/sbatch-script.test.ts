import { describe, expect, it } from "@jest/globals";
import { execFileSync } from "node:child_process";
import { type BatchJob, sbatchScript } from "./sbatch-script.js";

const job: BatchJob = {
  name: "train",
  size: 16,
  nodes: 2,
  arguments: ["--partition=gpu", "-t", "2:00:00", "--comment=it's mine"],
  directory: "/home/me/my project",
  command: ["/usr/bin/node", "/opt/kolo/tsrun.js", "--launcher=slurm", "train.ts", "--name", "a b"],
};

const golden = `#!/bin/bash
#SBATCH --job-name=train
#SBATCH --ntasks=16
#SBATCH --nodes=2
#SBATCH --ntasks-per-node=8
#SBATCH --partition=gpu
#SBATCH -t 2:00:00
#SBATCH '--comment=it'\\''s mine'

cd '/home/me/my project' || exit
exec /usr/bin/node /opt/kolo/tsrun.js --launcher=slurm train.ts --name 'a b'`;

describe("sbatchScript", () => {
  it("is what sbatch takes", () => {
    expect(sbatchScript(job)).toBe(golden);
  });

  it("leaves to Slurm what was not said, or does not divide evenly", () => {
    const directives = (changes: Partial<BatchJob>): readonly string[] =>
      sbatchScript({ ...job, arguments: [], ...changes }).match(/(?<=#SBATCH ).*/g) ?? [];
    expect(directives({ nodes: undefined })).toEqual(["--job-name=train", "--ntasks=16"]);
    expect(directives({ nodes: 3, name: "my model; rm" })).toEqual([
      "--job-name=my_model__rm",
      "--ntasks=16",
      "--nodes=3",
    ]);
  });

  it("runs every word of the command as it is, and ends with its exit code", () => {
    const task = "console.log(JSON.stringify(process.argv.slice(1))); process.exit(7)";
    const words = ["it's", "$HOME", "a\nb", "", "*"];
    const script = sbatchScript({
      ...job,
      directory: "/",
      command: [process.execPath, "-e", task, "--", ...words],
    });
    let said = "";
    try {
      execFileSync("bash", ["-c", script], { encoding: "utf8" });
    } catch (error) {
      const { status, stdout } = error as { status: number; stdout: string };
      said = `${status} ${stdout}`;
    }
    expect(said).toBe(`7 ${JSON.stringify(words)}\n`);
  });
});
