/** Where a number comes from: machine, day, commit and command. Without them it says nothing. */
import { execFileSync } from "node:child_process";
import { arch, cpus, platform, totalmem } from "node:os";

export interface Provenance {
  /** What it is, not what it is called: "2 × AMD EPYC, 24 GiB, linux x64, Node 20.20.2". */
  readonly host: string;
  /** Of the start, UTC. */
  readonly date: string;
  /** With "-dirty" where files differed from it. */
  readonly commit: string;
  readonly command: string;
}

export function provenance(): Provenance {
  const cores = cpus();
  const model = (cores[0]?.model ?? "unknown processor").replaceAll(/\s+/g, " ").trim();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return {
    host: `${cores.length} × ${model}, ${memory}, ${platform()} ${arch()}, Node ${process.versions.node}`,
    date: new Date().toISOString().slice(0, 10),
    commit: commit(),
    command: `npm run bench -- ${process.argv.slice(2).join(" ")}`,
  };
}

function commit(): string {
  try {
    const args = ["describe", "--always", "--dirty", "--exclude", "*"];
    return execFileSync("git", args, { cwd: __dirname, encoding: "utf8", stdio: "pipe" }).trim();
  } catch {
    return "unknown";
  }
}
