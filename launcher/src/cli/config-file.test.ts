import { describe, expect, it } from "@jest/globals";
import { parseConfig, readConfigFile } from "./config-file.js";
import { launchOptions, type LaunchOptions } from "./launch-options.js";
import { parseArguments } from "./parse-arguments.js";

function options(yaml: string, ...argv: string[]): LaunchOptions {
  const invocation = parseArguments([...argv, "train.ts"]);
  const flags = invocation.kind === "launch" ? invocation.flags : new Map();
  return launchOptions(flags, parseConfig(yaml, "job.yaml"));
}

describe("a config file", () => {
  it("sets what flags set, under the same names", () => {
    const yaml = `
num-proc: 4           # comments are fine
backend: wasm
quiet: true
stall-timeout: 1.5
output-dir: "out"
gpus: [0, 3]
gpus-share: true
seed: 7
env:
  SEED: 7
  NAME: kolo
`;
    expect(options(yaml)).toMatchObject({
      numProc: 4,
      backend: "wasm",
      quiet: true,
      stallTimeoutMs: 1500,
      outputDir: "out",
      gpus: ["0", "3"],
      gpusShare: true,
      seed: 7,
      environment: [
        { name: "SEED", value: "7" },
        { name: "NAME", value: "kolo" },
      ],
    });
  });

  it("loses to flags, whose variables come last", () => {
    const chosen = options("num-proc: 4\nenv: [A=1, B]", "-np", "2", "-x", "A=2");
    expect(chosen.numProc).toBe(2);
    expect(chosen.environment.map(({ name, value }) => [name, value])).toEqual([
      ["A", "1"],
      ["B", undefined],
      ["A", "2"],
    ]);
  });

  it("may be empty", () => {
    expect(options("# nothing\n", "-np", "2").numProc).toBe(2);
  });

  it.each([
    ["num-proc: 2\nnum-procs: 3", 'job.yaml:2: unknown key "num-procs"; the keys are num-proc,'],
    ["\n\nnum-proc: four", 'job.yaml:3: num-proc: expected an integer from 1 to 1024, got "four"'],
    ["num-proc: 2\nquiet: maybe", 'job.yaml:2: quiet: expected true or false, got "maybe"'],
    ["num-proc: 2\noutput-dir: 7", "job.yaml:2: output-dir: expected text, got 7"],
    ["num-proc: 2\nenv: 7", "job.yaml:2: env: expected a list of NAME or NAME=VALUE, got 7"],
    ["num-proc: 2\nenv: {A: [1]}", "job.yaml:2: env: expected text, a number"],
    ["num-proc:", "job.yaml:1: num-proc: expected an integer from 1 to 1024, got null"],
    ["config-file: x", 'job.yaml:1: unknown key "config-file"'],
    ["- 4", 'job.yaml:1: expected settings, as in "num-proc: 4"'],
    ["num-proc: 2\nbackend: ]", "job.yaml:2: not YAML:"],
    ["num-proc: 2\nnum-proc: 3", "job.yaml:2: not YAML: Map keys must be unique"],
    ["num-proc: *nobody", "job.yaml:1:"],
  ])("is refused, on one line with its place: %p", (yaml, message) => {
    let said = "";
    try {
      options(yaml);
    } catch (error) {
      said = String(error);
    }
    expect(said).toContain(message);
    expect(said).not.toContain("\n");
  });

  it("that cannot be read is refused", () => {
    expect(() => readConfigFile("/nowhere/job.yaml")).toThrow(
      "--config-file: cannot read /nowhere/job.yaml: ENOENT",
    );
  });

  it("is wrong even where a flag would win", () => {
    expect(() => options("num-proc: 0", "-np", "2")).toThrow("job.yaml:1: num-proc");
  });
});
