import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { launchOptions, type LaunchOptions } from "./launch-options.js";
import { type Invocation, parseArguments } from "./parse-arguments.js";

type Launch = Extract<Invocation, { kind: "launch" }>;

function launch(...argv: string[]): Launch {
  const invocation = parseArguments(argv);
  if (invocation.kind !== "launch") throw new Error(`expected a launch, got ${invocation.kind}`);
  return invocation;
}

function options(...argv: string[]): LaunchOptions {
  const { flags, scriptArguments } = launch(...argv);
  return launchOptions(flags, new Map(), { scriptArguments });
}

describe("the number of ranks", () => {
  it.each([
    ["-np", "4"],
    ["-np4"],
    ["-np=4"],
    ["-n", "4"],
    ["-n4"],
    ["--num-proc", "4"],
    ["--num-proc=4"],
  ])("is understood as %s %s", (...flag) => {
    expect(options(...flag.filter(Boolean), "train.ts").numProc).toBe(4);
  });

  it.each(["0", "-1", "1025", "four", "2.5", "1e3", ""])("is refused as %p", (value) => {
    expect(() => options("-np", value, "train.ts")).toThrow(
      `--num-proc: expected an integer from 1 to 1024, got ${JSON.stringify(value)}`,
    );
  });

  it("is asked for where it is missing", () => {
    expect(() => options("train.ts")).toThrow("expected how many ranks to start");
  });

  it("is recognised behind the script, where it does not belong", () => {
    expect(() => options("train.ts", "-np", "4")).toThrow("expected -np before the script");
  });

  it("takes the next word, whatever it is", () => {
    expect(() => options("-np", "train.ts")).toThrow("expected a script to run");
  });
});

describe("flags", () => {
  it("have the documented defaults", () => {
    expect(options("-np", "2", "train.ts")).toEqual({
      numProc: 2,
      hosts: undefined,
      mapBy: "slot",
      oversubscribe: false,
      ssh: { port: undefined, identityFile: undefined, arguments: [] },
      wdir: undefined,
      nodePath: undefined,
      networkInterfaces: [],
      launcher: "auto",
      sharedDirectory: undefined,
      slurm: { nodes: undefined, arguments: [], isTyped: false },
      insecure: false,
      dryRun: false,
      backend: "auto",
      gpus: "auto",
      gpusShare: false,
      seed: undefined,
      transport: "auto",
      exchange: {},
      environment: [],
      outputDir: undefined,
      prefixTimestamp: false,
      quiet: false,
      verbose: false,
      startTimeoutMs: 60_000,
      stallWarningMs: 60_000,
      stallTimeoutMs: 600_000,
      heartbeatTimeoutMs: 10_000,
    });
  });

  it("are all read", () => {
    const flags =
      "-np 3 --backend wasm --gpus 0,3,1 --gpus-share --seed 0 --transport grpc --output-dir out --timeline t.json --prefix-timestamp --verbose " +
      "--bucket-bytes 8MiB --segment-bytes 100000 --channels 3 --autotune " +
      "--start-timeout 5 --stall-warning 0 --stall-timeout 0.5 --heartbeat-timeout 7";
    expect(options(...flags.split(" "), "train.ts")).toMatchObject({
      numProc: 3,
      backend: "wasm",
      gpus: ["0", "3", "1"],
      gpusShare: true,
      seed: 0,
      transport: "grpc",
      exchange: { bucketBytes: 8 * 2 ** 20, segmentBytes: 100_000, channels: 3, autotune: true },
      outputDir: "out",
      timeline: "t.json",
      prefixTimestamp: true,
      verbose: true,
      startTimeoutMs: 5000,
      stallWarningMs: 0,
      stallTimeoutMs: 500,
      heartbeatTimeoutMs: 7000,
    });
  });

  it("set variables, as often as they like", () => {
    const { environment } = options("-np", "1", "-x", "A=1=2", "-xB", "--env", "C=", "train.ts");
    expect(environment).toEqual([
      { name: "A", value: "1=2" },
      { name: "B", value: undefined },
      { name: "C", value: "" },
    ]);
  });

  it.each([
    [
      ["--backend", "gpu"],
      '--backend: expected auto, tensorflow-gpu, tensorflow, wasm or cpu, got "gpu"',
    ],
    [["--gpus", "all"], '--gpus: expected auto, none or a list of GPUs such as 0,1,3, got "all"'],
    [["--gpus", "0,,1"], "--gpus: expected auto, none or a list"],
    [["--gpus", "0,0"], "--gpus: expected each GPU once (--gpus-share lets ranks share)"],
    [["--seed", "-1"], '--seed: expected an integer from 0 to 9007199254740991, got "-1"'],
    [["--transport", "udp"], '--transport: expected auto, shm, shm+tcp, grpc or tcp, got "udp"'],
    [
      ["--bucket-bytes", "0"],
      '--bucket-bytes: expected a size such as 256KiB, from 4 B to 1 GiB, got "0"',
    ],
    [["--bucket-bytes", "8MB"], "--bucket-bytes: expected a size such as 256KiB, from"],
    [["--segment-bytes", "1022"], "from 1 KiB to 1 MiB, a multiple of 4 bytes, got"],
    [["--segment-bytes", "1026"], "from 1 KiB to 1 MiB, a multiple of 4 bytes, got"],
    [["--segment-bytes", "2MiB"], "from 1 KiB to 1 MiB, a multiple of 4 bytes, got"],
    [["--channels", "9"], '--channels: expected an integer from 1 to 8, got "9"'],
    [["--start-timeout", "0"], "--start-timeout: expected seconds, more than 0"],
    [["--stall-timeout", "-1"], "--stall-timeout: expected seconds, 0 to"],
    [["--stall-warning", "soon"], "--stall-warning: expected seconds, 0 to"],
    [["--heartbeat-timeout", "9999999"], "--heartbeat-timeout: expected seconds"],
    [["--output-dir", ""], '--output-dir: expected text, got ""'],
    [["-x", "1A=2"], '--env: expected the name of an environment variable, got "1A"'],
    [["--quiet", "--verbose"], "expected --quiet or --verbose, got both"],
  ])("are refused: %p", (flags, message) => {
    expect(() => options("-np", "2", ...flags, "train.ts")).toThrow(message);
  });

  it("that are unknown are refused with a suggestion, on one line", () => {
    expect(() => launch("-np", "2", "--quit", "train.ts")).toThrow(
      /^unknown option '--quit' \(did you mean --quiet\?\)$/i,
    );
    expect(() => launch("-np", "2", "--output-dir")).toThrow(/^[^\n]*argument missing[^\n]*$/);
  });
});

describe("the script", () => {
  it("is asked for where it is missing", () => {
    expect(() => launch("-np", "4")).toThrow("expected a script to run");
    expect(() => launch()).toThrow("expected a script to run");
  });

  it("keeps everything behind it, exactly as it stands", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string(),
            fc.constantFrom("-np", "-np4", "--", "--help", "--quiet", "-x", "check"),
          ),
        ),
        (own) => {
          const invocation = launch("-x", "A=1", "-np", "2", "--quiet", "train.ts", ...own);
          expect(invocation.script).toBe("train.ts");
          expect(invocation.scriptArguments).toEqual(own);
        },
      ),
    );
  });

  it("may follow --, as elsewhere", () => {
    expect(launch("-np", "2", "--", "train.ts", "--", "-np", "3")).toMatchObject({
      script: "train.ts",
      scriptArguments: ["--", "-np", "3"],
    });
  });

  it("may be called check where its path says so", () => {
    expect(launch("-np", "2", "./check").script).toBe("./check");
  });
});

describe("other commands", () => {
  it("are help, version and check", () => {
    expect(parseArguments(["check"])).toEqual({ kind: "check" });
    expect(parseArguments(["--version"])).toEqual({ kind: "version" });
    expect(parseArguments(["-np", "4", "--config-file", "a.yaml", "x.js"])).toMatchObject({
      configFile: "a.yaml",
    });
  });

  it("are doctor, with its options before or behind it, and nothing else", () => {
    for (const argv of [
      ["doctor", "--hostfile", "hosts"],
      ["--hostfile", "hosts", "doctor"],
    ]) {
      expect(parseArguments(argv)).toEqual({
        kind: "doctor",
        flags: new Map([["hostfile", { value: "hosts", where: "--hostfile" }]]),
        configFile: undefined,
      });
    }
    expect(() => parseArguments(["doctor", "-H", "a", "train.ts"])).toThrow(
      'tsrun doctor: expected options only, got "train.ts"',
    );
    expect(launch("-np", "2", "doctor", "--fast").script).toBe("doctor");
  });

  it("help shows every flag and examples", () => {
    const invocation = parseArguments(["--help"]);
    const text = invocation.kind === "help" ? invocation.text : "";
    for (const word of ["--num-proc", "--config-file", "--stall-timeout", "Examples:", "check"]) {
      expect(text).toContain(word);
    }
  });
});
