import { describe, expect, it } from "@jest/globals";
import { parseConfig } from "./config-file.js";
import { givenArguments } from "./given-arguments.js";
import { launchOptions, type LaunchOptions } from "./launch-options.js";
import { type Invocation, parseArguments } from "./parse-arguments.js";
import { settings } from "./settings.js";

function parse(...argv: string[]): Extract<Invocation, { kind: "launch" }> {
  const invocation = parseArguments(argv);
  if (invocation.kind !== "launch") throw new Error(`expected a launch, got ${invocation.kind}`);
  return invocation;
}

function options(argv: readonly string[], yaml = ""): LaunchOptions {
  const { flags, scriptArguments } = parse(...argv);
  return launchOptions(flags, parseConfig(yaml, "job.yaml"), { scriptArguments });
}

const hostsOf = ({ hosts }: LaunchOptions): unknown =>
  hosts?.kind === "list" ? hosts.hosts.map(({ host, slots }) => [host, slots]) : hosts?.file;

describe("hosts", () => {
  it.each([
    [["--hostfile", "hosts"], "hosts"],
    [["-hostfile", "hosts"], "hosts"],
    [["-hostfile=hosts"], "hosts"],
    [
      ["-H", "a:2,b"],
      [
        ["a", 2],
        ["b", 1],
      ],
    ],
    [["-Ha:2"], [["a", 2]]],
    [
      ["--hosts", "a:2", "--hosts=b:3"],
      [
        ["a", 2],
        ["b", 3],
      ],
    ],
    [
      ["-H", "a slots=2, b:2222 slots=auto"],
      [
        ["a", 2],
        ["b", "auto"],
      ],
    ],
  ] as const)("are understood as %j", (flags, expected) => {
    expect(hostsOf(options([...flags, "train.ts"]))).toEqual(expected);
  });

  it("make the number of ranks optional", () => {
    expect(options(["-H", "a:2", "train.ts"]).numProc).toBeUndefined();
    expect(options(["-np", "1", "-H", "a:2", "train.ts"]).numProc).toBe(1);
  });

  it("of flags win over those of a config file, whichever way they are given", () => {
    expect(hostsOf(options(["train.ts"], "hosts: a:2,b:2"))).toEqual([
      ["a", 2],
      ["b", 2],
    ]);
    expect(hostsOf(options(["train.ts"], "hosts: [a:2, b:2]"))).toEqual([
      ["a", 2],
      ["b", 2],
    ]);
    expect(hostsOf(options(["--hostfile", "file", "train.ts"], "hosts: a:2"))).toBe("file");
    expect(hostsOf(options(["-H", "b:1", "train.ts"], "hostfile: file"))).toEqual([["b", 1]]);
  });

  it.each([
    [["-H", "a:2,,b"], "", "--hosts: expected a host, got nothing (entry 2)"],
    [
      ["-H", "a:2,b:x"],
      "",
      '--hosts: expected a number of slots from 1 to 1024 after "b:", got "x" (entry 2)',
    ],
    [["-H", "a,A"], "", "--hosts: expected each host once, got a in entry 1 and A in entry 2"],
    [["-H", "a", "--hostfile", "f"], "", "expected --hostfile or --hosts, got both"],
    [
      ["-np", "1"],
      "hosts: a\nhostfile: f",
      "expected hostfile or hosts in the config file, got both",
    ],
    [["-np", "1"], "hosts: 7", "job.yaml:1: hosts: expected hosts such as a:2,b:4, got 7"],
    [["-np", "1", "--map-by", "core"], "", '--map-by: expected slot or node, got "core"'],
    [["-np", "1", "--ssh-port", "65536"], "", "--ssh-port: expected an integer from 1 to 65535"],
    [["-np", "1", "--wdir", "project"], "", '--wdir: expected an absolute path, got "project"'],
    [["-np", "1", "--ssh-args", "-o 'X"], "", "--ssh-args: expected a second ' in"],
    [["-np", "1", "--network-interface", "eth 0"], "", "--network-interface: expected names of"],
    [["-np", "1", "--launcher", "pbs"], "", "--launcher: expected auto, ssh, slurm or mpi, got"],
    [
      ["-np", "1", "--nodes", "2"],
      "",
      "expected --launcher slurm with --nodes, got --launcher auto",
    ],
    [["-np", "1", "--slurm-args", "-p gpu"], "", "expected --launcher slurm with --slurm-args"],
    [
      ["-np", "2", "--launcher", "slurm", "--nodes", "3"],
      "",
      "--nodes: expected at most one for each",
    ],
    [["-np", "2", "--launcher", "slurm", "-H", "a"], "", "since Slurm chooses the hosts"],
    [
      ["--launcher", "mpi", "-H", "a", "--ssh-port", "22"],
      "",
      "expected no --ssh-port with --launcher",
    ],
    [
      ["-np", "2", "--launcher", "slurm"],
      'ssh-args: "-4"',
      "expected no --ssh-args with --launcher",
    ],
    [["--launcher", "slurm", "--dry-run"], "", "expected how many ranks to start"],
  ] as const)("%j with %j are refused", (flags, yaml, message) => {
    expect(() => options([...flags, "train.ts"], yaml)).toThrow(message);
  });
});

describe("how other hosts are reached", () => {
  it("is read from flags", () => {
    const flags =
      "-H a --map-by node --oversubscribe --ssh-port 2222 --ssh-identity-file key --ssh-args -4 " +
      "--wdir /srv/project --node-path /opt/node --network-interface eth0,ib0 --launcher ssh --insecure";
    const chosen = options([...flags.split(" "), "--ssh-args", "-J 'me@gate way'", "train.ts"]);
    expect(chosen).toMatchObject({
      mapBy: "node",
      oversubscribe: true,
      ssh: { port: 2222, identityFile: "key", arguments: ["-4", "-J", "me@gate way"] },
      wdir: "/srv/project",
      nodePath: "/opt/node",
      networkInterfaces: ["eth0", "ib0"],
      launcher: "ssh",
      insecure: true,
      dryRun: false,
    });
  });
});

describe("--dry-run", () => {
  it("stands before the script, or with --launcher slurm also last behind it", () => {
    expect(options(["-np", "2", "--dry-run", "train.ts"]).dryRun).toBe(true);
    const late = ["--launcher", "slurm", "-np", "16", "train.ts", "--epochs", "3", "--dry-run"];
    expect(options(late).dryRun).toBe(true);
    expect(parse(...late).scriptArguments).toEqual(["--epochs", "3"]);
  });

  it("behind the script is the script's own otherwise", () => {
    expect(options(["-np", "2", "train.ts", "--dry-run"]).dryRun).toBe(false);
    expect(parse("-np", "2", "train.ts", "--dry-run").scriptArguments).toEqual(["--dry-run"]);
    const early = parse("--launcher", "slurm", "-np", "2", "train.ts", "--dry-run", "x");
    expect(early.scriptArguments).toEqual(["--dry-run", "x"]);
  });
});

describe("givenArguments", () => {
  it("gives flags as a tsrun reads them again", () => {
    const argv = ["-np", "4", "--quiet", "-x", "A=1 2", "-xB", "-H", "-4", "--backend", "wasm"];
    const { flags } = parse(...argv, "train.ts");
    const again = givenArguments(flags, [settings.numProc]);
    expect(again).toEqual(["--hosts=-4", "--backend=wasm", "--env=A=1 2", "--env=B", "--quiet"]);
    expect(parse(...again, "train.ts").flags).toEqual(
      new Map([...flags].filter(([name]) => name !== "num-proc")),
    );
  });
});
